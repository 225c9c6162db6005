package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/milvus-io/milvus-proto/go-api/v2/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
)

func (g *Gateway) create(w http.ResponseWriter, r *http.Request) {
	id, err := g.Store(r)
	if err != nil {
		Answer(w, 2100, "importing data failed: "+err.Error(), nil)
		return
	}
	Answer(w, 0, "", map[string]string{"jobId": id})
}

// Store takes the job of a request, as create does, without an answer.
func (g *Gateway) Store(r *http.Request) (id string, err error) {
	var c Create
	if err := json.NewDecoder(r.Body).Decode(&c); err != nil {
		return "", err
	}
	if c.Collection == "" || len(c.Files) == 0 {
		return "", errors.New("collectionName and files are required")
	}
	if len(c.Files) > 1024 {
		return "", fmt.Errorf("the max number of import files should not exceed 1024, but got %d", len(c.Files))
	}
	for _, group := range c.Files {
		if len(group) != 1 {
			return "", fmt.Errorf("for Parquet import, accepts only one file, got %d", len(group))
		}
	}
	j := &job{Create: c}
	for _, group := range c.Files {
		made, err := g.service.Import(r.Context(), &milvuspb.ImportRequest{
			DbName: c.Database, CollectionName: c.Collection, PartitionName: c.Partition, Files: group, RowBased: true,
		})
		switch {
		case err != nil:
			j.failed = err.Error()
		case made.GetStatus().GetCode() != 0:
			j.failed = made.GetStatus().GetReason()
		default:
			j.tasks = append(j.tasks, made.GetTasks()...)
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	j.id = strconv.Itoa(449839014328146739 + len(g.jobs))
	g.jobs, g.created = append(g.jobs, j), append(g.created, c)
	return j.id, nil
}

// Detail is what is told of one file of a job.
type Detail struct {
	File     string `json:"fileName"`
	Bytes    int64  `json:"fileSize"`
	Percent  int64  `json:"progress"`
	State    string `json:"state"`
	Imported int64  `json:"importedRows"`
	Total    int64  `json:"totalRows"`
	Reason   string `json:"reason,omitempty"`
}

// Progress is what is told of a job.
type Progress struct {
	Collection string   `json:"collectionName"`
	ID         string   `json:"jobId"`
	State      string   `json:"state"`
	Percent    int64    `json:"progress"`
	Imported   int64    `json:"importedRows"`
	Total      int64    `json:"totalRows"`
	Reason     string   `json:"reason,omitempty"`
	Details    []Detail `json:"details"`
}

func (g *Gateway) describe(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		ID string `json:"jobId"`
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		Answer(w, 1801, "can only accept json format request", nil)
		return
	}
	g.mu.Lock()
	var found *job
	for _, j := range g.jobs {
		if j.id == asked.ID {
			found = j
		}
	}
	g.mu.Unlock()
	if found == nil {
		Answer(w, 2100, "importing data failed: import job does not exist, jobID="+asked.ID, nil)
		return
	}
	p, err := g.progress(r.Context(), found)
	if err != nil {
		Answer(w, 65535, err.Error(), nil)
		return
	}
	Answer(w, 0, "", p)
}

func (g *Gateway) list(w http.ResponseWriter, r *http.Request) {
	var asked Create
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		Answer(w, 1801, "can only accept json format request", nil)
		return
	}
	g.mu.Lock()
	jobs := append([]*job(nil), g.jobs...)
	g.mu.Unlock()
	records := []Progress{}
	for _, j := range jobs {
		if asked.Collection != "" && asked.Collection != j.Collection {
			continue
		}
		p, err := g.progress(r.Context(), j)
		if err != nil {
			Answer(w, 65535, err.Error(), nil)
			return
		}
		records = append(records, Progress{Collection: p.Collection, ID: p.ID, State: p.State, Percent: p.Percent, Reason: p.Reason})
	}
	Answer(w, 0, "", map[string]any{"records": records})
}

// progress asks Milvus for all files of a job.
func (g *Gateway) progress(ctx context.Context, j *job) (*Progress, error) {
	p := &Progress{Collection: j.Collection, ID: j.id, State: "Completed", Reason: j.failed}
	if j.failed != "" {
		p.State = "Failed"
	}
	for i, task := range j.tasks {
		told, err := g.service.GetImportState(ctx, &milvuspb.GetImportStateRequest{Task: task})
		if err != nil {
			return nil, err
		}
		d := Detail{File: fmt.Sprintf("id:%d paths:%q ", task, j.Files[i][0]), Imported: told.GetRowCount(), Total: told.GetRowCount()}
		for _, info := range told.GetInfos() {
			switch info.GetKey() {
			case "failed_reason":
				d.Reason = info.GetValue()
			case "progress_percent":
				if n, err := strconv.ParseInt(info.GetValue(), 10, 64); err == nil {
					d.Percent = n
				}
			}
		}
		switch told.GetState() {
		case commonpb.ImportState_ImportCompleted:
			d.State, d.Percent = "Completed", 100
		case commonpb.ImportState_ImportFailed, commonpb.ImportState_ImportFailedAndCleaned:
			d.State, p.State, p.Reason = "Failed", "Failed", d.Reason
		default:
			d.State = "Importing"
			if p.State == "Completed" {
				p.State = "Importing"
			}
		}
		p.Percent += d.Percent / int64(len(j.tasks))
		p.Imported, p.Total = p.Imported+d.Imported, p.Total+d.Total
		p.Details = append(p.Details, d)
	}
	if p.State == "Completed" {
		p.Percent = 100
	}
	return p, nil
}
