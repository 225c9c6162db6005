package text

import (
	"strings"
	"testing"
)

func TestAParagraphBringsNoSentenceTwice(t *testing.T) {
	tests := []struct{ name, text, paragraph, want string }{
		{"all new", "One sentence is here.", "Another one follows it.", "One sentence is here.\nAnother one follows it."},
		{"the first is there", "Keep a record of it. So we do.", "Keep a record of it. Then we go on at once.", "Keep a record of it. So we do.\nThen we go on at once."},
		{"the last is there", "Keep a record of it.", "Then we go on at once. Keep a record of it.", "Keep a record of it.\nThen we go on at once."},
		{"nothing is new", "Keep a record of it.", "Keep a record of it.", "Keep a record of it."},
		{"Chinese", "请先保存所有的数据。", "请先保存所有的数据。然后再重新启动设备！", "请先保存所有的数据。\n然后再重新启动设备！"},
		{"short ones stay", "Dr. Li said so.", "Dr. Li came at 3.50 today.", "Dr. Li said so.\nDr. Li came at 3.50 today."},
		{"nothing at all", "A text.", "", "A text."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			const before = "Keep a record of it. " // of another row
			got := string(appendNew([]byte(before+test.text), len(before), []byte(test.paragraph)))
			if got = strings.TrimPrefix(got, before); got != test.want {
				t.Errorf("the text is %q, want %q", got, test.want)
			}
		})
	}
}
