package bucket

import (
	"crypto/md5" //nolint:gosec // stores compare MD5
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// A proof is what the store compares of the bytes that it gets: the CRC32C,
// which costs next to nothing, where the store is known to take it, and the
// MD5, which all take, elsewhere.
type proof struct {
	crc bool
	sum []byte
}

func (b *Bucket) prove(data []byte) proof {
	if b.crc {
		return proof{true, binary.BigEndian.AppendUint32(nil, checkSum(data))}
	}
	sum := md5.Sum(data) //nolint:gosec // as above
	return proof{false, sum[:]}
}

// proveParts is the proof of an object in parts: that of the proofs of its
// parts.
func (b *Bucket) proveParts(parts []proof) proof {
	var all []byte
	for _, p := range parts {
		all = append(all, p.sum...)
	}
	return b.prove(all)
}

// md5 and crc32c are the headers of a request.
func (p proof) md5() *string {
	if p.crc {
		return nil
	}
	return p.header()
}

func (p proof) crc32c() *string {
	if !p.crc {
		return nil
	}
	return p.header()
}

func (p proof) header() *string {
	text := base64.StdEncoding.EncodeToString(p.sum)
	return &text
}

// algorithm is what the beginning of an upload in parts tells.
func (b *Bucket) algorithm() types.ChecksumAlgorithm {
	if b.crc {
		return types.ChecksumAlgorithmCrc32c
	}
	return ""
}

// told is what a store tells of a stored object that can be compared with the
// proof, and what that is called; "" where it tells nothing of the kind. parts
// is the number of parts, 0 for an object in one piece.
func (p proof) told(head *s3.HeadObjectOutput, parts int) (got, want, name string) {
	suffix := ""
	if parts > 0 {
		suffix = fmt.Sprint("-", parts)
	}
	if p.crc {
		if head.ChecksumCRC32C == nil || head.ChecksumType == types.ChecksumTypeFullObject && parts > 0 {
			return "", "", ""
		}
		got, _, _ = strings.Cut(*head.ChecksumCRC32C, "-")
		return got, *p.header(), "CRC32C"
	}
	got, want = bare(head.ETag), hex.EncodeToString(p.sum)+suffix
	if isEncrypted(head) || len(got) != len(want) || !regexp.MustCompile(`^[0-9a-f]{32}(-[0-9]+)?$`).MatchString(got) {
		return "", "", ""
	}
	return got, want, "MD5"
}

// isEncrypted tells whether the ETag is none of the content, because the store
// encrypts by keys.
func isEncrypted(head *s3.HeadObjectOutput) bool {
	return head.ServerSideEncryption != "" && head.ServerSideEncryption != types.ServerSideEncryptionAes256 || head.SSECustomerAlgorithm != nil
}
