package main

import (
	"os"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/bucket"
	"github.com/zilliz/milvus-ingest/core/recipe"
)

// storeFlags say which S3 store a command speaks to.
type storeFlags struct {
	EndpointURL     string `name:"endpoint-url" env:"MINIO_ENDPOINT,AWS_ENDPOINT_URL_S3,AWS_ENDPOINT_URL" placeholder:"URL" help:"Store, if it is not AWS; MINIO_HOST names the host of a MinIO at port 9000."`
	AccessKeyID     string `name:"access-key-id" env:"MINIO_ACCESS_KEY" placeholder:"KEY" help:"Access key; without one, the environment, profile or role of AWS counts."`
	SecretAccessKey string `name:"secret-access-key" env:"MINIO_SECRET_KEY" placeholder:"KEY" help:"Secret key. Better in MINIO_SECRET_KEY or --secret-key-file: others can see a command line."`
	SecretKeyFile   string `name:"secret-key-file" type:"existingfile" placeholder:"FILE" help:"File that holds the secret key."`
	SessionToken    string `env:"MINIO_SESSION_TOKEN" placeholder:"TOKEN" help:"Token of temporary credentials."`
	Region          string `env:"MINIO_REGION,AWS_REGION,AWS_DEFAULT_REGION" placeholder:"NAME" help:"Region of the bucket (MinIO needs none)."`
	Addressing      string `enum:"auto,path,virtual" default:"auto" help:"Where the bucket's name stands in addresses: ${enum}."`
	Checksums       string `enum:"auto,required,supported" default:"auto" help:"When checksums go with requests: ${enum}. Some stores refuse those that are not required."`
	CABundle        string `name:"ca-bundle" env:"AWS_CA_BUNDLE" placeholder:"FILE" help:"Certificates to trust, instead of the system's."`
	NoVerifySSL     bool   `name:"no-verify-ssl" help:"Take any certificate of the store."`
}

// options are those of bucket.Open, with the secrets read from where they are.
// Secrets are hidden in all that is printed from here on.
func (f *storeFlags) options(a *app, name string) (bucket.Options, error) {
	key, err := secret(f.SecretAccessKey, f.SecretKeyFile, "--secret-access-key")
	if err != nil {
		return bucket.Options{}, err
	}
	if (f.AccessKeyID == "") != (key == "") {
		return bucket.Options{}, core.Errorf(core.InvalidConfig, "of access key and secret key only one is given").
			WithHint("give both --access-key-id and --secret-access-key, or neither to use the credentials of AWS")
	}
	a.hide([]recipe.Secret{{Name: "SECRET_KEY", Value: key}, {Name: "SESSION_TOKEN", Value: f.SessionToken}})
	return bucket.Options{
		Endpoint: f.endpoint(), Bucket: name, AccessKey: f.AccessKeyID, SecretKey: key, SessionToken: f.SessionToken,
		Region: f.Region, Addressing: f.Addressing, Checksums: f.Checksums, CAFile: f.CABundle, Insecure: f.NoVerifySSL, Log: a.log,
	}, nil
}

// endpoint is the store's address; "" is AWS.
func (f *storeFlags) endpoint() string {
	if host := os.Getenv("MINIO_HOST"); f.EndpointURL == "" && host != "" {
		return "http://" + host + ":9000"
	}
	return f.EndpointURL
}
