package bulk

import (
	"net/url"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
)

// cloud is where Zilliz Cloud takes jobs: its control plane, for a cluster,
// with the addresses of the files and the keys that open them.
type cloud struct {
	cluster string
	source  Source
}

// cloudRequest is what Zilliz Cloud wants to know besides.
type cloudRequest struct {
	Cluster   string     `json:"clusterId,omitempty"`
	URLs      [][]string `json:"objectUrls,omitempty"`
	AccessKey string     `json:"accessKey,omitempty"`
	SecretKey string     `json:"secretKey,omitempty"`
	Session   string     `json:"token,omitempty"`
}

func (c *cloud) request(files []File) *cloudRequest {
	r := &cloudRequest{
		Cluster: c.cluster, AccessKey: c.source.AccessKey, SecretKey: c.source.SecretKey, Session: c.source.SessionToken,
	}
	for _, f := range files {
		r.URLs = append(r.URLs, []string{c.source.url(f.Key)})
	}
	return r
}

// url is the address of an object: s3:// on AWS, else that of the store.
func (s Source) url(key string) string {
	if s.Endpoint == "" {
		return "s3://" + s.Bucket + "/" + key
	}
	u, err := url.Parse(s.Endpoint)
	if err != nil {
		return s.Endpoint + "/" + s.Bucket + "/" + key
	}
	return u.JoinPath(s.Bucket, key).String()
}

// toCloud sends calls to the control plane of Zilliz Cloud.
func (r *rest) toCloud(s Source, address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return core.Errorf(core.InvalidConfig, "the address of the cluster: %w", err)
	}
	host := strings.ToLower(u.Hostname())
	cluster, _, _ := strings.Cut(host, ".")
	if s.Cluster != "" {
		cluster = s.Cluster
	}
	if !strings.HasPrefix(cluster, "in") {
		return core.Errorf(core.InvalidConfig, "%q is no id of a cluster of Zilliz Cloud", cluster).
			WithHint("give it with --cluster-id: the console shows it, in05-…")
	}
	if r.token == "" || strings.Contains(r.token, ":") {
		return core.Errorf(core.InvalidConfig, "Zilliz Cloud takes import jobs with an API key, not with a user").
			WithHint("give an API key in MILVUS_TOKEN or --token-file")
	}
	if strings.Contains(s.Endpoint, "127.0.0.1") || strings.Contains(s.Endpoint, "localhost") {
		return core.Errorf(core.InvalidConfig, "Zilliz Cloud cannot read from %s", s.Endpoint).
			WithHint("upload to a store that can be reached from the internet")
	}
	r.cloud = &cloud{cluster: cluster, source: s}
	switch {
	case s.API != "":
		r.base = strings.TrimSuffix(s.API, "/")
	case strings.HasSuffix(host, ".cn"):
		r.base = "https://api.cloud.zilliz.com.cn"
	default:
		r.base = "https://api.cloud.zilliz.com"
	}
	return nil
}
