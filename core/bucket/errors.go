package bucket

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"syscall"

	smithy "github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/zilliz/milvus-ingest/core"
)

// ErrNoBucket tells that a store has no such bucket.
var ErrNoBucket = errors.New("there is no such bucket")

// code is the store's word for an error; "" where it gave none.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// status is the HTTP status of an answer; 0 where there was none.
func status(err error) int {
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) && answer.Response != nil {
		return answer.Response.StatusCode
	}
	return 0
}

// regionTold is the region that a store tells in its refusal.
func regionTold(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		if m := regexp.MustCompile(`expecting '([a-z0-9-]+)'`).FindStringSubmatch(api.ErrorMessage()); m != nil {
			return m[1]
		}
	}
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) && answer.Response != nil && (status(err) == http.StatusMovedPermanently || status(err) == http.StatusBadRequest) {
		return answer.Response.Header.Get("x-amz-bucket-region")
	}
	return ""
}

// explain says what an error of the store means and what mends it. what tells
// what was being done.
func (b *Bucket) explain(ctx context.Context, err error, what string, args ...any) error {
	if err == nil {
		return nil
	}
	what = fmt.Sprintf(what, args...)
	if cause := context.Cause(ctx); errors.Is(cause, context.Canceled) || ctx.Err() == nil && errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s: %w", what, context.Canceled)
	}
	var ours *core.Error
	if errors.As(err, &ours) {
		return fmt.Errorf("%s: %w", what, err)
	}
	e := b.refusal(err)
	if e == nil {
		e = b.silence(err)
	}
	e.Err = fmt.Errorf("%s: %w", what, e.Err)
	return e
}

// refusal explains what a store answered; nil where there was no answer.
func (b *Bucket) refusal(err error) *core.Error {
	word, said := code(err), ""
	var api smithy.APIError
	if errors.As(err, &api) {
		said = strings.TrimSpace(api.ErrorMessage())
	}
	wrong := func(code core.Code, format string, args ...any) *core.Error {
		return core.Errorf(code, format, args...)
	}
	if region := regionTold(err); region != "" {
		return wrong(core.InvalidConfig, "the bucket is in the region %s, not in %s", region, b.o.Region).WithHint("give --region %s", region)
	}
	switch word {
	case "NoSuchBucket":
		return wrong(core.InvalidConfig, "%s has no bucket %s: %w", b.Store, b.Name, ErrNoBucket).WithHint("make it first, or mend its name")
	case "InvalidAccessKeyId", "InvalidToken", "ExpiredToken", "InvalidClientTokenId":
		return wrong(core.InvalidConfig, "%s does not know the access key (%s)", b.Store, word).WithHint("mend --access-key-id, or log in anew where the credentials are temporary")
	case "SignatureDoesNotMatch":
		return wrong(core.InvalidConfig, "the secret key is not the one of the access key (%s)", word).WithHint("mend MINIO_SECRET_KEY, --secret-key-file or --secret-access-key")
	case "RequestTimeTooSkewed":
		return wrong(core.InvalidConfig, "the clocks of this machine and of %s differ by more than 15 minutes", b.Store).WithHint("set the clock")
	case "AccessDenied", "AllAccessDisabled", "AccountProblem", "Forbidden":
		return wrong(core.InvalidConfig, "access denied: %s", or(said, word)).WithHint("the user needs ListBucket, GetObject, PutObject, AbortMultipartUpload and ListMultipartUploadParts on %s and what is below it", b.Name)
	case "BucketAlreadyExists":
		return wrong(core.InvalidConfig, "the bucket %s belongs to somebody else", b.Name).WithHint("choose another name")
	case "PermanentRedirect":
		return wrong(core.InvalidConfig, "the bucket is at another endpoint: %s", said).WithHint("mend --endpoint-url or --region")
	case "BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch":
		return wrong(core.Unavailable, "what arrived is not what was sent (%s)", word).WithHint("try again; if it stays, look at proxies between here and the store")
	case "QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "InsufficientStorage":
		return wrong(core.Exhausted, "the store is full: %s", or(said, word)).WithHint("free some space in the store")
	case "EntityTooLarge":
		return wrong(core.InvalidConfig, "the store takes no object that large").WithHint("make smaller files (generate --file-size)")
	case "PreconditionFailed":
		return wrong(core.Conflict, "it was replaced while it was read").WithHint("see that nobody writes to it, and run this again")
	case "NoSuchUpload":
		return wrong(core.Conflict, "somebody ended the upload meanwhile").WithHint("see that only one upload to this place runs, and run it again")
	}
	switch n := status(err); {
	case n >= 500 || n == http.StatusTooManyRequests:
		e := wrong(core.Unavailable, "%s cannot serve now: %s", b.Store, or(strings.TrimSpace(word+" "+said), fmt.Sprint(n)))
		e.Retry = true
		return e.WithHint("try again later")
	case word != "" && n != 0 && n != http.StatusNotFound:
		return wrong(core.InvalidConfig, "%s refused: %s", b.Store, strings.TrimSuffix(word+": "+said, ": ")).WithHint("look at --endpoint-url, --addressing and --checksums")
	case n == http.StatusBadRequest && strings.HasPrefix(b.o.Endpoint, "http://"):
		return wrong(core.InvalidConfig, "%s gave an answer that is none of an S3 store (HTTP %d)", b.Store, n).
			WithHint("write https:// in --endpoint-url, if the store speaks TLS there")
	case n != 0:
		return wrong(core.InvalidConfig, "%s gave an answer that is none of an S3 store (HTTP %d)", b.Store, n).
			WithHint("mend --endpoint-url: another program listens there, such as the console of MinIO")
	}
	return nil
}

// silence explains why no answer came.
func (b *Bucket) silence(err error) *core.Error {
	wrong := func(code core.Code, hint, format string, args ...any) *core.Error {
		return core.Errorf(code, format, args...).WithHint("%s", hint)
	}
	var dns *net.DNSError
	var timeout interface{ Timeout() bool }
	problem := tlsProblem(err)
	text := err.Error()
	switch {
	case problem == plainServer:
		return wrong(core.InvalidConfig, "write http:// in --endpoint-url", "%s speaks no TLS", b.Store)
	case problem != "":
		return wrong(core.Unavailable, "trust its certificate with --ca-bundle FILE, or take any with --no-verify-ssl", "TLS with %s: %s", b.Store, problem)
	case strings.Contains(text, "get identity:") || strings.Contains(text, "get credentials:") || strings.Contains(text, "failed to refresh cached credentials"):
		return wrong(core.InvalidConfig, "give --access-key-id and MINIO_SECRET_KEY, or set up AWS credentials (AWS_ACCESS_KEY_ID, a profile or a role)", "no credentials were found")
	case errors.As(err, &dns) && dns.IsNotFound:
		return wrong(core.Unavailable, "mend --endpoint-url", "the host %s of %s is not known", dns.Name, b.Store)
	case errors.Is(err, syscall.ECONNREFUSED):
		return wrong(core.Unavailable, "start the store, or mend the port of --endpoint-url", "%s refuses connections: nothing listens there", b.Store)
	case errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout():
		return wrong(core.Unavailable, "look at the address (--endpoint-url), firewalls and proxies", "%s gave no answer within %v", b.Store, b.o.Timeout)
	case strings.Contains(text, "malformed HTTP"):
		return wrong(core.InvalidConfig, "write https:// in --endpoint-url, if the store speaks TLS there", "%s speaks no HTTP", b.Store)
	case strings.Contains(text, "deserialization failed"):
		return wrong(core.InvalidConfig, "mend --endpoint-url: another program listens there, such as the console of MinIO", "%s gave an answer that is none of an S3 store", b.Store)
	}
	return wrong(core.Unavailable, "try again; look whether the store runs", "%s: %v", b.Store, innermost(err))
}

// innermost is the cause of an error without what the SDK says around it.
func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// plainServer tells that a server speaks no TLS.
const plainServer = "no TLS"

// tlsProblem tells what is wrong with a certificate; "" where nothing is.
func tlsProblem(err error) string {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case err == nil:
	case errors.As(err, &record) || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return plainServer
	case errors.As(err, &unknown):
		return "its certificate is not trusted here"
	case errors.As(err, &host):
		return "its certificate is not for " + host.Host
	case errors.As(err, &invalid):
		return invalid.Error()
	case errors.As(err, &alert):
		return alert.Error()
	}
	return ""
}

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
