package bucket

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/logging"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/zilliz/milvus-ingest/core"
)

// attempts is how often a request is made; with the pauses between them that
// outlasts a store that starts again.
const (
	attempts  = 6
	baseDelay = 200 * time.Millisecond
)

// Open connects and makes sure that the bucket is there; create makes it where
// it is missing. Errors tell bad address, refused, no answer, TLS, login, no
// such bucket, wrong region apart, each with the mend.
func Open(ctx context.Context, o Options, create bool) (*Bucket, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	b := &Bucket{Name: o.Bucket, o: o, buffers: make(chan []byte, o.Concurrency)}
	for range o.Concurrency {
		b.buffers <- nil
	}
	if err := b.connect(ctx); err != nil {
		return nil, err
	}
	err := b.reach(ctx)
	// A store that tells the region is believed, but for one that was given.
	if region := regionTold(err); region != "" && o.Region == "" && region != b.o.Region {
		b.o.Region = region
		if err := b.connect(ctx); err != nil {
			return nil, err
		}
		err = b.reach(ctx)
	}
	if create && code(err) == "NoSuchBucket" {
		err = b.create(ctx)
	}
	if err != nil {
		b.Close()
		return nil, b.explain(ctx, err, "look at the bucket %s", b.Name)
	}
	return b, nil
}

// connect makes the client; nothing is sent yet.
func (b *Bucket) connect(ctx context.Context) error {
	o := &b.o
	web, err := o.httpClient()
	if err != nil {
		return err
	}
	given := aws.Config{Region: o.Region}
	if o.AccessKey == "" || o.Endpoint == "" {
		// The service that gives machines of AWS their role knows of no other
		// store.
		role := imds.ClientDefaultEnableState
		if o.Endpoint != "" && !isAWS(o.Endpoint) {
			role = imds.ClientDisabled
		}
		given, err = config.LoadDefaultConfig(ctx, config.WithRegion(o.Region), config.WithLogger(logging.Nop{}), config.WithEC2IMDSClientEnableState(role))
		if err != nil {
			return core.Errorf(core.InvalidConfig, "the AWS configuration: %w", err).
				WithHint("mend it, or give --endpoint-url, --access-key-id and --secret-access-key")
		}
	}
	if o.AccessKey == "" {
		// What is found is kept; a store would only say that it is nobody's.
		if _, err := given.Credentials.Retrieve(ctx); err != nil {
			return core.Errorf(core.InvalidConfig, "no credentials were found: %w", err).
				WithHint("give --access-key-id and MINIO_SECRET_KEY, or set up AWS credentials (AWS_ACCESS_KEY_ID, a profile or a role)")
		}
	} else {
		given.Credentials = credentials.NewStaticCredentialsProvider(o.AccessKey, o.SecretKey, o.SessionToken)
	}
	if given.Region == "" {
		given.Region = defaultRegion
	}
	given.HTTPClient, given.Logger, given.ClientLogMode = web, logging.Nop{}, 0
	b.web = web
	b.client = s3.NewFromConfig(given, b.settings)
	b.Store = o.Endpoint
	if b.Store == "" {
		b.Store = "AWS S3"
	}
	o.Region = given.Region
	return nil
}

// settings are those of the SDK that differ from its own.
func (b *Bucket) settings(s *s3.Options) {
	o := &b.o
	if o.Endpoint != "" {
		s.BaseEndpoint = &o.Endpoint
	} else if s.BaseEndpoint != nil { // told by a profile
		o.Endpoint = *s.BaseEndpoint
	}
	ofAWS := isAWS(o.Endpoint)
	s.UsePathStyle = o.Addressing == "path" || o.Addressing != "virtual" && !ofAWS
	s.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
	s.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	if o.Checksums == "supported" || o.Checksums != "required" && ofAWS {
		s.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenSupported
		s.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenSupported
	}
	s.DisableLogOutputChecksumValidationSkipped = true
	s.Retryer = retry.NewStandard(func(r *retry.StandardOptions) {
		r.MaxAttempts, r.BaseDelay, r.RateLimiter = attempts, baseDelay, ratelimit.None
		// A certificate does not get better.
		r.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
			if tlsProblem(err) != "" {
				return aws.FalseTernary
			}
			return aws.UnknownTernary
		})}, r.Retryables...)
	})
}

// isAWS tells whether an endpoint is one of AWS.
func isAWS(endpoint string) bool {
	if endpoint == "" {
		return true
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	return strings.HasSuffix(host, ".amazonaws.com") || strings.HasSuffix(host, ".amazonaws.com.cn")
}

// reach asks the store for the bucket. A list tells, unlike a HEAD, what is
// wrong.
func (b *Bucket) reach(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, b.o.Timeout)
	defer stop()
	out, err := b.client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &b.Name, MaxKeys: aws.Int32(1)}, func(s *s3.Options) {
		s.RetryMaxAttempts = 3 // somebody waits for the answer
	})
	known := isAWS(b.o.Endpoint) || isMinIO(out, err)
	b.crc = b.o.Checksums == "supported" || known && b.o.Checksums != "required"
	return err
}

// isMinIO tells whether an answer is one of MinIO, which knows the same check
// sums as AWS.
func isMinIO(out *s3.ListObjectsV2Output, err error) bool {
	var refused *smithyhttp.ResponseError
	var answer *smithyhttp.Response
	switch {
	case errors.As(err, &refused):
		answer = refused.Response
	case err == nil:
		answer, _ = awsmiddleware.GetRawResponse(out.ResultMetadata).(*smithyhttp.Response)
	}
	return answer != nil && answer.Header.Get("Server") == "MinIO"
}

// create makes the bucket.
func (b *Bucket) create(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, b.o.Timeout)
	defer stop()
	in := &s3.CreateBucketInput{Bucket: &b.Name}
	if b.o.Region != defaultRegion {
		in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(b.o.Region)}
	}
	_, err := b.client.CreateBucket(ctx, in)
	var ours *types.BucketAlreadyOwnedByYou
	if errors.As(err, &ours) { // made meanwhile
		return nil
	}
	return b.explain(ctx, err, "make it")
}

// Close lets go of connections that nobody uses. Nothing else has to be freed.
func (b *Bucket) Close() { b.web.CloseIdleConnections() }
