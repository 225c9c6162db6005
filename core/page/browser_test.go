package page

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// browser finds a Chromium; the test is skipped where there is none.
func browser(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes seconds")
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "headless-shell"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("there is no Chromium to draw the pages: apt-get install chromium")
	return ""
}

// probe is put into a copy of a page, with its own hash in the policy: it notes
// what goes wrong and what was drawn, and writes it into the document around.
const probe = `(() => {
  const wrong = [];
  addEventListener("error", (e) => wrong.push("error: " + e.message));
  addEventListener("unhandledrejection", (e) => wrong.push("rejected: " + e.reason));
  addEventListener("securitypolicyviolation", (e) => wrong.push("refused: " + e.violatedDirective + " " + e.blockedURI));
  const say = console.error;
  console.error = (...all) => { wrong.push("console: " + all.join(" ")); say(...all); };
  addEventListener("load", () => setTimeout(() => {
    const painted = (c) => c.width > 0 && c.getContext("2d").getImageData(0, 0, c.width, c.height).data.some((v) => v !== 0);
    document.getElementById("theme").click();
    const select = document.querySelector("select");
    if (select) {
      select.selectedIndex = select.options.length - 1;
      select.dispatchEvent(new Event("change"));
    }
    const charts = [...document.querySelectorAll("canvas[data-chart]")];
    for (const canvas of charts) { // what a reader sees who points at a value
      const chart = Chart.getChart(canvas);
      chart.tooltip.setActiveElements([{ datasetIndex: 0, index: 0 }], { x: 9, y: 9 });
      chart.update();
      if (!chart.tooltip.title.length) wrong.push("no tooltip: " + canvas.getAttribute("aria-label"));
    }
    const out = parent.document.createElement("output");
    out.id = location.pathname.slice(1) + location.search;
    out.textContent = JSON.stringify({
      wrong, charts: charts.length, painted: charts.filter(painted).length,
      wide: document.documentElement.scrollWidth - innerWidth,
      fetched: performance.getEntriesByType("resource").map((e) => e.name),
    });
    parent.document.body.append(out);
  }, 1500));
})();`

// found is what the probe tells.
type found struct {
	Wrong   []string `json:"wrong"`
	Charts  int      `json:"charts"`
	Painted int      `json:"painted"`
	Wide    int      `json:"wide"`
	Fetched []string `json:"fetched"`
}

func TestABrowserDrawsThePages(t *testing.T) {
	chromium := browser(t)
	pages := map[string]string{}
	for name, r := range map[string]Report{"hostile": hostileReport(), "bench": Bench(measured()), "set": DataSet(take(t)), "check": Check(checked(t))} {
		text, _ := write(t, r)
		text = strings.Replace(text, "script-src ", "script-src "+hashOf(probe)+" ", 1)
		pages["/"+name] = strings.Replace(text, "</style>", "</style><script>"+probe+"</script>", 1)
	}
	visits := []string{"hostile?390", "set?390", "set?1280", "bench?390", "bench?1280", "check?1280"}
	pages["/"] = "<!doctype html><title>all</title>"
	for _, visit := range visits {
		_, width, _ := strings.Cut(visit, "?")
		pages["/"] += `<iframe src="/` + visit + `" width="` + width + `" height="900"></iframe>`
	}
	var asked sync.Map
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := pages[r.URL.Path]
		if !ok && r.URL.Path != "/favicon.ico" {
			asked.Store(r.URL.Path, true)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(text))
	}))
	defer server.Close()
	root := browse(t, chromium, server.URL+"/")
	for _, visit := range visits {
		var f found
		if err := json.Unmarshal([]byte(element(root, visit)), &f); err != nil {
			t.Errorf("%s: the page did not come to its end: %v", visit, err)
			continue
		}
		if len(f.Wrong) > 0 || len(f.Fetched) > 0 {
			t.Errorf("%s: %v, fetched %v", visit, f.Wrong, f.Fetched)
		}
		if f.Painted != f.Charts || f.Charts == 0 {
			t.Errorf("%s: %d of %d charts are drawn", visit, f.Painted, f.Charts)
		}
		if f.Wide > 0 {
			t.Errorf("%s: it is %d pixels too wide", visit, f.Wide)
		}
	}
	asked.Range(func(path, _ any) bool { t.Errorf("a page asked for %s", path); return true })
}

// browse opens a page and returns what became of it.
func browse(t *testing.T, chromium, address string) *html.Node {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	profile := filepath.Join(t.TempDir(), "profile")
	command := exec.CommandContext(ctx, chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
		"--disable-background-networking", "--user-data-dir="+profile, "--virtual-time-budget=8000", "--dump-dom", address)
	command.Env = append(os.Environ(), "HOME="+t.TempDir())
	dom, err := command.Output()
	if err != nil {
		t.Fatalf("the browser failed: %v", err)
	}
	root, err := html.Parse(strings.NewReader(string(dom)))
	if err != nil {
		t.Fatal(err)
	}
	return root
}
