package main

import (
	"os/exec"
	"testing"
)

func TestWordsOfCommandsCanBePasted(t *testing.T) {
	for _, word := range []string{"data/kb", "my data", "it's", "$HOME", "库", "a;b", "", `a"b\c`, "s3://b/p p/", "~", "a*", "x\ny"} {
		out, err := exec.Command("sh", "-c", "printf %s "+shellWord(word)).Output()
		if err != nil || string(out) != word {
			t.Errorf("%q is pasted as %s and read as %q (%v)", word, shellWord(word), out, err)
		}
	}
	if got := shellWord("data/kb"); got != "data/kb" {
		t.Errorf("a plain word becomes %s", got)
	}
}
