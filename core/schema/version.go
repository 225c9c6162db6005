package schema

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/zilliz/milvus-ingest/core"
)

// Version is a version of the Milvus server. The zero Version is the latest.
type Version struct{ Major, Minor, Patch int }

// anyPatch is the patch of a version that was given without one: 2.3 stands
// for the last 2.3.
const anyPatch = 1 << 20

// ParseVersion reads "2.6", "2.3.5", "v2.5.4" or "latest"; empty is latest.
func ParseVersion(s string) (Version, error) {
	if s == "" || s == "latest" {
		return Version{}, nil
	}
	found := regexp.MustCompile(`^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}|x))?(?:[-+].*)?$`).FindStringSubmatch(s)
	if found == nil {
		return Version{}, core.Errorf(core.InvalidConfig, "%q is no version of Milvus", s).
			WithHint("write a version such as 2.3.5 or 2.6, or latest")
	}
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			return anyPatch
		}
		return n
	}
	v := Version{number(found[1]), number(found[2]), number(found[3])}
	if v.Major == 0 && v.Minor == 0 && v.Patch == 0 {
		return Version{}, core.Errorf(core.InvalidConfig, "%q is no version of Milvus", s).
			WithHint("write a version such as 2.3.5 or 2.6, or latest")
	}
	return v, nil
}

// Before tells whether v is older than the other version.
func (v Version) Before(other Version) bool {
	if v == (Version{}) {
		return false
	}
	if v.Major != other.Major {
		return v.Major < other.Major
	}
	if v.Minor != other.Minor {
		return v.Minor < other.Minor
	}
	return v.Patch < other.Patch
}

// String is the version as users write it.
func (v Version) String() string {
	switch {
	case v == Version{}:
		return "latest"
	case v.Patch == anyPatch || v.Patch == 0:
		return fmt.Sprintf("%d.%d", v.Major, v.Minor)
	default:
		return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch)
	}
}
