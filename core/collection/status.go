package collection

import (
	"errors"
	"fmt"
	"strings"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"

	"github.com/zilliz/milvus-ingest/core"
)

// explainStatus explains a status of Milvus by its code, which servers have
// since 2.3, else by the older one, else by its words: Milvus Lite and old
// servers give many refusals the code of a fault unknown to them.
func explainStatus(s *commonpb.Status) error {
	reason := s.GetReason()
	if reason == "" {
		reason = fmt.Sprintf("the server refused, without a reason (code %d)", s.GetCode())
	}
	code := s.GetCode()
	class := classOfCode(code)
	if class == other {
		class = classOfOldCode(s.GetErrorCode()) //nolint:staticcheck // see above
	}
	if class == other {
		class = classOfWords(reason)
	}
	switch class {
	case notReady:
		return notReadyError(reason, code)
	case rateLimit:
		return rateError(reason, code)
	case quota:
		return quotaError(reason, code)
	case tooLarge:
		return tooLargeError(reason, code)
	case denied:
		return deniedError(code != permissionDenied, reason, code)
	case notFound:
		e := refuse(core.InvalidConfig, &fault{class: notFound, code: code, err: errors.New(reason)})
		if code == indexNotFound {
			return e.WithHint("a collection without an index cannot be loaded: load the data without --no-index, or make the index in Milvus")
		}
		return e.WithHint("check the name and --db-name; the collection may not be made yet")
	case notLoaded:
		return refuse(core.Conflict, &fault{class: notLoaded, code: code, err: errors.New(reason)}).
			WithHint("load the collection first")
	case unsupported:
		return refuse(core.InvalidConfig, &fault{class: unsupported, code: code, err: errors.New(reason)}).
			WithHint("use a newer server")
	default:
		e := refuse(codeOf(code, reason), &fault{code: code, err: errors.New(reason)})
		e.Retry = s.GetRetriable()
		return e
	}
}

// The codes of Milvus that we know (pkg/util/merr).
const (
	indexNotFound      = 700
	permissionDenied   = 1401
	parameterInvalid   = 1100
	parameterTooLarge  = 1102
	illegalSchema      = 105
	insertDataInvalid  = 1804
	operationUnallowed = 3000
)

func classOfCode(code int32) class {
	switch code {
	case 2, 106, 503: // starting, recovering, changing; 1 is what Milvus Lite says of all faults, too
		return notReady
	case 4, 8, 12, 1807:
		return rateLimit
	case 3, 7, 9, 11:
		return quota
	case 100, 200, 700, 800, 1600, 1700:
		return notFound
	case 101, 103, 201, 202:
		return notLoaded
	case 10, operationUnallowed:
		return unsupported
	case 1400, permissionDenied, 1800:
		return denied
	case parameterTooLarge:
		return tooLarge
	default:
		return other
	}
}

func classOfOldCode(code commonpb.ErrorCode) class { //nolint:staticcheck // servers before 2.3 have no other
	switch code {
	case commonpb.ErrorCode_RateLimit:
		return rateLimit
	case commonpb.ErrorCode_ForceDeny, commonpb.ErrorCode_MemoryQuotaExhausted, commonpb.ErrorCode_DiskQuotaExhausted,
		commonpb.ErrorCode_TimeTickLongDelay, commonpb.ErrorCode_InsufficientMemoryToLoad:
		return quota
	case commonpb.ErrorCode_CollectionNotExists, commonpb.ErrorCode_CollectionNameNotFound, commonpb.ErrorCode_IndexNotExist:
		return notFound
	case commonpb.ErrorCode_NotReadyServe, commonpb.ErrorCode_NotReadyCoordActivating:
		return notReady
	case commonpb.ErrorCode_PermissionDenied:
		return denied
	default:
		return other
	}
}

func classOfWords(reason string) class {
	reason = strings.ToLower(reason)
	if reason == "unrecoverable error" { // and no word of what: it has just started
		return notReady
	}
	for _, known := range []struct {
		class class
		words []string
	}{
		{quota, []string{"quota exceeded", "quota exhausted", "force deny", "memory limit", "disk limit", "time tick long delay"}},
		{rateLimit, []string{"rate limit", "ratelimit", "request is rejected by"}},
		{notLoaded, []string{"not loaded", "has not been loaded", "call load()"}},
		{notFound, []string{"can't find collection", "collection not found", "does not exist", "index not found", "alias not found"}},
		// A server that was killed looks for its former parts for a while.
		{notReady, []string{"not ready", "is not healthy", "initializing", "node not match", "session not found", "node not found", "client connection is closing"}},
		{tooLarge, []string{"message larger than max"}},
		{denied, []string{"auth check failure", "unauthenticated"}},
	} {
		for _, words := range known.words {
			if strings.Contains(reason, words) {
				return known.class
			}
		}
	}
	return other
}

// codeOf classes a refusal that means nothing special.
func codeOf(code int32, reason string) core.Code {
	switch {
	case code == insertDataInvalid || blamesRows(reason):
		return core.InvalidData
	case code == parameterInvalid || code == illegalSchema || code/100 == parameterInvalid/100 || code == 701 || code == 5 || code == 6:
		return core.InvalidConfig
	case code >= 900 && code < 1000:
		return core.Unavailable
	default:
		return core.Internal
	}
}

// blamesRows tells whether a refusal speaks of values, in the words of Milvus
// and Milvus Lite: their codes are those of any wrong parameter.
func blamesRows(reason string) bool {
	reason = strings.ToLower(reason)
	for _, words := range []string{
		"exceeds max length", "exceeds max_length", "exceeds max capacity", "exceeds max_capacity", "exceed max length",
		"does not match dtype", "not equal to passed num_rows", "is none but not nullable", "missing and not nullable", "missing or none",
		"must be numeric", "value nan", "is not a number", "but got dim", "expected dim",
	} {
		if strings.Contains(reason, words) {
			return true
		}
	}
	return false
}

func notReadyError(reason string, code int32) error {
	e := refuse(core.Unavailable, &fault{class: notReady, code: code, err: fmt.Errorf("the server is not ready: %s", reason)})
	e.Retry = true
	return e.WithHint("wait until it has started: its healthz answers OK on port 9091 then")
}

func rateError(reason string, code int32) error {
	e := refuse(core.Exhausted, &fault{class: rateLimit, code: code, err: fmt.Errorf("called too often: %s", reason)})
	e.Retry = true
	return e.WithHint("slow down, or raise quotaAndLimits of the server")
}

// quotaError names what the server protects.
func quotaError(reason string, code int32) error {
	what := protection(reason, code)
	e := refuse(core.Exhausted, &fault{class: quota, what: what, code: code, err: fmt.Errorf("the server protects its %s and takes no more: %s", what, reason)})
	e.Retry = true
	return e.WithHint("%s", protectionMend(what))
}

// The protections of a server.
const (
	memoryProtection = "memory"
	diskProtection   = "disk"
	tickProtection   = "time tick"
	growProtection   = "growing segments"
	deniedWrites     = "data against all writes"
)

func protection(reason string, code int32) string {
	reason = strings.ToLower(reason)
	switch {
	case code == 7 || strings.Contains(reason, "disk"):
		return diskProtection
	case code == 11 || strings.Contains(reason, "tick") || strings.Contains(reason, "ttprotection"):
		return tickProtection
	case strings.Contains(reason, "growing"):
		return growProtection
	case code == 3 || strings.Contains(reason, "memory"):
		return memoryProtection
	case strings.Contains(reason, "deny"):
		return deniedWrites
	default:
		return "quota"
	}
}

func protectionMend(what string) string {
	switch what {
	case memoryProtection:
		return "give the server more memory, or release collections that are not searched"
	case diskProtection:
		return "give the server more disk, raise quotaAndLimits.limitWriting.diskProtection, or drop collections"
	case tickProtection:
		return "wait until the server has caught up, and write more slowly"
	case growProtection:
		return "wait until segments are flushed, and write more slowly"
	case deniedWrites:
		return "an operator forbade writing (quotaAndLimits.limitWriting.forceDeny)"
	default:
		return "see quotaAndLimits of the server, or the plan of the cluster"
	}
}

func tooLargeError(reason string, code int32) error {
	return refuse(core.Exhausted, &fault{class: tooLarge, code: code, err: fmt.Errorf("the message is too large: %s", reason)}).
		WithHint("send fewer rows at a time, with --batch-size")
}

func deniedError(login bool, reason string, code int32) error {
	if login {
		return refuse(core.InvalidConfig, &fault{class: denied, code: code, err: fmt.Errorf("not logged in: %s", reason)}).
			WithHint("give the token in MILVUS_TOKEN or --token-file: user:password, or an API key")
	}
	return refuse(core.InvalidConfig, &fault{class: denied, code: code, err: fmt.Errorf("not allowed: %s", reason)}).
		WithHint("ask an administrator for the privilege, or log in as another user")
}
