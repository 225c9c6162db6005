package page

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/zilliz/milvus-ingest/core/check"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/portrait"
)

// hostile are texts that break pages that trust their data.
func hostile() []string {
	return []string{
		`</script><script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `"><svg/onload=alert(1)>`,
		`<!--<script>`, `]]>`, `javascript:alert(1)`, "\u2028\u2029\x00\x1b[31m", `{{.Policy}}`, `'; alert(1); '`,
		`<style>*{display:none}</style>`, `&lt;b&gt;`, "忘记密码了，怎么办？🔑", `<a href="https://example.com/x">x</a>`,
	}
}

// write makes a page and parses it.
func write(t *testing.T, r Report) (string, *html.Node) {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, r); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), root
}

// hostileReport has a hostile text wherever data can be.
func hostileReport() Report {
	r := Report{Kind: "Data set", Title: hostile()[0], Text: hostile()[1], Verdict: Verdict{Good, hostile()[2]}, Cloud: &Cloud{}}
	for _, text := range hostile() {
		r.Figures = append(r.Figures, Figure{Label: text, Value: text, Note: text})
		r.Cloud.Labels = append(r.Cloud.Labels, text)
		r.Sections = append(r.Sections, Section{Title: text, Text: text, Cards: []Card{
			{
				Title: text, Tag: text, Chips: []string{text}, Text: text, Facts: []Fact{{text, text}},
				Bars: []Bar{{Name: text, Share: 0.5, Value: text}}, Table: &Table{Head: []string{text}, Rows: [][]string{{text}}},
				Quotes: []Quote{{Text: text, Note: text}},
			},
			{Table: &Table{Pairs: true, Rows: [][]string{{text, text}}}},
			{Chart: &Chart{
				Kind: Columns, Label: text, X: Axis{Title: text}, Names: []string{text, text}, Edges: []string{text, text, text},
				Series: []Series{{Name: text, Values: []float64{1, 2}}}, Marks: []Mark{{text, 1}},
			}},
		}})
	}
	of := make([]int, len(r.Cloud.Labels))
	r.Cloud.Groups = []Group{{Name: hostile()[0], Values: hostile(), Of: of}}
	r.Sections = append(r.Sections, Section{Title: "Map", Cards: []Card{{Chart: &Chart{
		Kind: Points, Rows: []int{0, 1}, Places: [][2]float64{{0, 1}, {1, 0}},
	}}}})
	return r
}

func TestDataCannotBecomeMarkup(t *testing.T) {
	text, root := write(t, hostileReport())
	scripts, styles := 0, 0
	walk(root, func(n *html.Node) {
		switch n.Data {
		case "script":
			scripts++
		case "style":
			styles++
		case "img", "iframe", "object", "embed", "link", "base", "form":
			t.Errorf("the data became <%s>", n.Data)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" {
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
			if a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
				t.Errorf("a link leads to %q", a.Val)
			}
		}
	})
	if scripts != 3 || styles != 1 {
		t.Errorf("%d scripts and %d styles, not 3 and 1", scripts, styles)
	}
	var data struct {
		Cloud Cloud `json:"cloud"`
	}
	if err := json.Unmarshal([]byte(element(root, "data")), &data); err != nil {
		t.Fatalf("the data of the page is no JSON: %v", err)
	}
	for i, want := range hostile() {
		if data.Cloud.Labels[i] != want {
			t.Errorf("label %q came as %q", want, data.Cloud.Labels[i])
		}
	}
	if strings.Contains(text, "忘") == false {
		t.Error("Chinese text is not there as such")
	}
}

// The policy names the hashes of what is in the page, which a browser compares
// byte by byte.
func TestThePolicyAllowsTheScriptsOfThePageAlone(t *testing.T) {
	text, root := write(t, hostileReport())
	policy := ""
	walk(root, func(n *html.Node) {
		if n.Data == "meta" && attribute(n, "http-equiv") == "Content-Security-Policy" {
			policy = attribute(n, "content")
		}
	})
	if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Fatalf("the policy is %q", policy)
	}
	found := 0
	for _, m := range regexp.MustCompile(`(?s)<(script|style)>(.*?)</(?:script|style)>`).FindAllStringSubmatch(text, -1) {
		found++
		if !strings.Contains(policy, m[1]+"-src") || !strings.Contains(policy, hashOf(m[2])) {
			t.Errorf("the policy does not allow a %s that begins with %.40q", m[1], m[2])
		}
	}
	if found != 3 {
		t.Errorf("%d scripts and styles, not 3", found)
	}
	if strings.Index(text, "Content-Security-Policy") > strings.Index(text, "<style") {
		t.Error("the policy comes after the style")
	}
}

func TestAPageNeedsNoNetwork(t *testing.T) {
	text, _ := write(t, Report{Kind: "Check", Title: "empty"})
	for _, form := range []string{`src\s*=`, `url\(`, `@import`, `fetch\(`, `XMLHttpRequest`, `WebSocket`, `sendBeacon`, `import\(`, `EventSource`} {
		if found := regexp.MustCompile(form).FindString(text); found != "" {
			t.Errorf("the page has %q", found)
		}
	}
	for _, address := range regexp.MustCompile(`https?://[^"'\s)]+`).FindAllString(text, -1) {
		if address != "http://www.w3.org/2000/svg" { // a name, not an address
			t.Errorf("the page names %s", address)
		}
	}
}

func TestAPageIsWellFormed(t *testing.T) {
	for name, r := range map[string]Report{
		"hostile": hostileReport(), "bench": Bench(measured()), "set": DataSet(take(t)), "check": Check(checked(t)),
	} {
		text, root := write(t, r)
		ids := map[string]bool{}
		walk(root, func(n *html.Node) {
			if id := attribute(n, "id"); id != "" {
				if ids[id] {
					t.Errorf("%s: the id %s is there twice", name, id)
				}
				ids[id] = true
			}
			if n.Data == "canvas" && (attribute(n, "role") != "img" || name != "hostile" && attribute(n, "aria-label") == "") {
				t.Errorf("%s: a chart has no label", name)
			}
		})
		if !strings.HasPrefix(text, "<!doctype html>") || !strings.HasSuffix(strings.TrimSpace(text), "</html>") {
			t.Errorf("%s: the page begins or ends oddly", name)
		}
		balanced(t, name, text)
	}
}

// balanced tells which elements are not closed in the order they were opened.
func balanced(t *testing.T, name, text string) {
	t.Helper()
	void := map[string]bool{"meta": true, "br": true, "rect": true}
	var open []string
	for z := html.NewTokenizer(strings.NewReader(text)); ; {
		switch z.Next() {
		case html.ErrorToken:
			if len(open) > 0 {
				t.Errorf("%s: not closed: %v", name, open)
			}
			return
		case html.StartTagToken:
			if tag, _ := z.TagName(); !void[string(tag)] {
				open = append(open, string(tag))
			}
		case html.EndTagToken:
			tag, _ := z.TagName()
			if len(open) == 0 || open[len(open)-1] != string(tag) {
				t.Errorf("%s: </%s> closes %v", name, tag, open)
				return
			}
			open = open[:len(open)-1]
		}
	}
}

func TestTheSameDataMakesTheSamePage(t *testing.T) {
	first, _ := write(t, DataSet(take(t)))
	for range 3 {
		if again, _ := write(t, DataSet(take(t))); again != first {
			t.Fatal("two pages of a data set differ")
		}
	}
}

func TestSaveReplacesAFileAndLeavesNothingElse(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.html")
	for _, title := range []string{"one", "two"} {
		if err := Save(path, Report{Kind: "Check", Title: title}); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(data), "<h1>two</h1>") {
		t.Errorf("the page is not the second one: %v", err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("%d files, not 1", len(files))
	}
	if err := Save(filepath.Join(dir, "no", "a.html"), Report{}); err == nil {
		t.Error("a page was saved in no folder")
	}
}

func walk(n *html.Node, f func(*html.Node)) {
	if n.Type == html.ElementNode {
		f(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, f)
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// element is the text of an element with an id.
func element(root *html.Node, id string) string {
	text := ""
	walk(root, func(n *html.Node) {
		if attribute(n, "id") == id && n.FirstChild != nil {
			text = n.FirstChild.Data
		}
	})
	return text
}

func open(t *testing.T) *dataset.Set {
	t.Helper()
	set, err := dataset.Open(t.Context(), filepath.Join("testdata", "set"), dataset.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func take(t *testing.T) *portrait.Portrait {
	t.Helper()
	p, err := portrait.Take(t.Context(), open(t), portrait.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func checked(t *testing.T) *check.Report {
	t.Helper()
	r, err := check.Run(t.Context(), open(t), check.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
