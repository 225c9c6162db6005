package plugingo

import (
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheReadmeMakesADataSet runs the commands of README.md and looks at the
// file that they make.
func TestTheReadmeMakesADataSet(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the program")
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := regexp.MustCompile("(?s)```sh\n(.*?)```").FindSubmatch(readme)[1]
	home := t.TempDir()
	script := strings.NewReplacer("bin/", home+"/bin/", "--out data", "--out "+home+"/data").Replace(string(commands))
	run := exec.Command("sh", "-ec", "go build -o "+home+"/path/milvus-ingest ../../cmd/milvus-ingest\n"+script)
	run.Env = append(os.Environ(), "PATH="+home+"/path:"+os.Getenv("PATH"), "XDG_DATA_HOME="+home+"/user", "MILVUS_INGEST_LOCK=")
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	file, err := os.Open(filepath.Join(home, "data", "table", "data.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	reader := csv.NewReader(file)
	reader.Comma = ';'
	lines, err := reader.ReadAll()
	if err != nil || len(lines) != 1001 || strings.Join(lines[0], " ") != "number maker price embedding" {
		t.Fatalf("%d lines (%v)", len(lines), err)
	}
	seen := map[string]bool{}
	for _, line := range lines[1:] {
		if seen[line[0]] || !regexp.MustCompile(`^[A-Z]{2}-\d{7}$`).MatchString(line[0]) {
			t.Errorf("number %s", line[0])
		}
		if seen[line[0]] = true; strings.HasPrefix(line[0], "NB") != (line[1] == "Norbear AB") {
			t.Errorf("number %s of %s", line[0], line[1])
		}
	}
}
