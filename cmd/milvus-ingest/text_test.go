package main

import (
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-runewidth"

	"github.com/zilliz/milvus-ingest/core/pipeline"
)

func TestSizesAreRead(t *testing.T) {
	tests := []struct {
		text string
		want int64
	}{
		{"256MB", 256 << 20},
		{"256", 256 << 20},
		{"10gb", 10 << 30},
		{"1.5GiB", 3 << 29},
		{" 8 K ", 8 << 10},
		{"1B", 1},
		{"", 0},
		{"0", 0},
		{"-1MB", 0},
		{"MB", 0},
		{"1XB", 0},
		{"9999999999TB", 0},
	}
	for _, test := range tests {
		var size byteSize
		err := size.UnmarshalText([]byte(test.text))
		if (err == nil) != (test.want > 0) || int64(size) != test.want {
			t.Errorf("%q is %d, %v, want %d", test.text, size, err, test.want)
		}
	}
}

func TestNumbersAreWrittenForPeople(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234"} {
		if got := inThousands(n); got != want {
			t.Errorf("%d is %s", n, got)
		}
	}
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1500: "1.50 KB", 12_300_000: "12.3 MB", 6_300_000_000: "6.30 GB"} {
		if got := inBytes(n); got != want {
			t.Errorf("%d is %s", n, got)
		}
	}
	for d, want := range map[time.Duration]string{0: "0:00", 65 * time.Second: "1:05", 3661 * time.Second: "1:01:01"} {
		if got := inClock(d); got != want {
			t.Errorf("%v is %s", d, got)
		}
	}
}

func TestTablesFitTheWidth(t *testing.T) {
	headers := []string{"doc_id", "question", "answer", "category", "embedding"}
	rows := [][]string{
		{"1", "如何修改登录密码？", strings.Repeat("请在设置中修改。", 20), "账户与登录", "[0.01 0.02 …] dim 768 norm 1.000"},
		{"2", "line\nbreak\tand tab", "short", "订单", "null"},
	}
	for _, width := range []int{40, 60, 80, 120, 200} {
		var b strings.Builder
		writeTable(&b, width, headers, rows)
		for line := range strings.Lines(b.String()) {
			if w := runewidth.StringWidth(strings.TrimSuffix(line, "\n")); w > width {
				t.Errorf("a line of %d cells in a table of %d: %s", w, width, line)
			}
		}
		for _, header := range headers {
			if !strings.Contains(b.String(), header) {
				t.Errorf("width %d: no %s in\n%s", width, header, b.String())
			}
		}
	}
}

func TestProgressTellsRateAndTimeLeft(t *testing.T) {
	if got := progressLine(&pipeline.Progress{}, 100, time.Second); !strings.Contains(got, "0 of 100 rows") || !strings.Contains(got, "-:-- left") {
		t.Error(got)
	}
}
