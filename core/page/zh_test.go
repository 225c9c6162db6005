package page

import (
	"bytes"
	"strings"
	"testing"

	"github.com/zilliz/milvus-ingest/core/check"
	"github.com/zilliz/milvus-ingest/core/portrait"
)

func TestAPageSpeaksChinese(t *testing.T) {
	r := DataSet(take(t))
	r.Lang = "zh"
	text, root := write(t, r)
	for _, want := range []string{`<html lang="zh-CN">`, "数据集", "1 个文件，每行 ", "未发现问题", "第 ", "最近邻"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	for _, english := range []string{"No problem found", "Median", "Nearest rows"} {
		if strings.Contains(text, english) {
			t.Errorf("the page still says %q", english)
		}
	}
	if !strings.Contains(element(root, "data"), "着色") {
		t.Error("the script's words are English")
	}
}

// A word that is there twice, or whose numbers got lost, would be shown wrong.
func TestAPageSaysThatNeighboursAreOfASample(t *testing.T) {
	p := &portrait.Portrait{
		Rows: 5000, Read: 5000, Whole: true, Sampled: 1200, Fields: []portrait.Field{{FieldStats: check.FieldStats{Name: "v", Type: "FloatVector"}}},
	}
	for lang, want := range map[string]string{"en": "nearest to them, looked for among 1,200 rows.", "zh": "在 1,200 行中查找"} {
		r := DataSet(p)
		r.Lang = lang
		var b bytes.Buffer
		if err := Write(&b, r); err != nil || !strings.Contains(b.String(), want) {
			t.Errorf("%s: the page does not say %q: %v", lang, want, err)
		}
	}
	p.Sampled = 5000
	if text := DataSet(p).Sections[1].Text; strings.Contains(text, "among") {
		t.Errorf("all rows were looked at: %s", text)
	}
}

func TestTheDictionaryIsSound(t *testing.T) {
	seen := map[string]bool{}
	for line := range strings.Lines(strings.TrimSpace(chinese)) {
		english, translated, ok := strings.Cut(strings.TrimSpace(line), " = ")
		if !ok || seen[english] {
			t.Errorf("the line %q is none, or is there twice", line)
		}
		seen[english] = true
		if strings.Count(english, "#") != strings.Count(translated, "#") {
			t.Errorf("%q has not the numbers of %q", translated, english)
		}
	}
}
