package insert

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/collection"
)

// open finds or makes the collection, and the journal that belongs to it.
func (r *Run) open(ctx context.Context) error {
	data, err := r.identity()
	if err != nil {
		return err
	}
	header := Header{
		Address: r.Server.Address, Database: r.Server.Database(), Collection: r.Name, Data: data,
		Upsert: r.Upsert, AutoID: r.autoID(),
	}
	r.result = Result{Server: header.Address, Database: header.Database, Collection: r.Name, Journal: r.path(header)}
	earlier, err := Resume(r.result.Journal)
	if err != nil {
		return err
	}
	found, err := r.Server.Find(ctx, r.Name)
	if err == nil {
		earlier, err = r.choose(earlier, found)
	}
	if err == nil {
		err = r.prepare(ctx, found, earlier)
	}
	if err != nil {
		if earlier != nil {
			err = errors.Join(err, earlier.Close())
		}
		return err
	}
	if earlier != nil {
		r.journal, r.result.Before = earlier, earlier.Header.Before
		return nil
	}
	header.ID, header.Before = r.collection.ID(), r.result.Before
	r.journal, err = Begin(r.result.Journal, header)
	return err
}

// choose decides whether an earlier run is gone on with. It returns its
// journal, or nil where this run begins anew.
func (r *Run) choose(earlier *Journal, found *collection.Collection) (*Journal, error) {
	if earlier == nil {
		if r.Resume {
			r.note("there is no earlier run to go on with: all rows are sent")
		}
		return nil, nil //nolint:nilnil // there is none
	}
	same := found != nil && found.ID() == earlier.Header.ID
	if same && r.Resume { // the way that it began
		r.Upsert = earlier.Header.Upsert
	}
	same = same && earlier.Header.Upsert == r.Upsert
	rows := earlier.Rows() + earlier.Doubtful()
	switch {
	case r.Resume && same:
		r.Prepare.Drop = false // it is what the earlier run made
		return earlier, nil
	case r.Resume:
		r.note("the collection is another than that of the earlier run: all rows are sent")
	case same && !earlier.Done() && rows > 0 && !r.Prepare.Drop && !r.Upsert:
		return earlier, core.Errorf(core.Conflict, "an earlier run was interrupted after it had sent %d rows of this data set to the collection %s", rows, r.Name).
			WithHint("--resume goes on with it, --drop-if-exists begins again; to send all rows once more remove %s", r.result.Journal)
	case same && earlier.Done() && !r.Prepare.Drop && r.autoID():
		r.note(fmt.Sprintf("the collection %s got this data set before: its rows are there twice now", r.Name))
	}
	return nil, earlier.Close()
}

// prepare finds or makes the collection and counts its rows.
func (r *Run) prepare(ctx context.Context, found *collection.Collection, earlier *Journal) error {
	o := r.Prepare
	o.Fields, o.Exclude = nil, nil // the schema is without them
	c, made, err := r.Server.Prepare(ctx, r.Name, r.schema, o)
	if err != nil {
		return err
	}
	r.collection, r.result.Made, r.result.Collection = c, made, c.Name
	if !made {
		if err := c.Index(ctx, r.Prepare.Index.Over(r.Server, r.schema)); err != nil {
			return err
		}
	}
	if err := r.partition(ctx); err != nil {
		return err
	}
	states, err := c.Indexes(ctx)
	if err != nil {
		return err
	}
	r.loadable = len(states) > 0
	if made || earlier != nil || found == nil {
		return nil
	}
	return r.before(ctx)
}

// before counts the rows that are there, and looks whether they are ours.
func (r *Run) before(ctx context.Context) error {
	r.result.Before = -1
	state, _, err := r.collection.Loaded(ctx)
	if err != nil {
		return err
	}
	if state != collection.Loaded && (r.NoLoad || !r.loadable) {
		r.note("the collection is not loaded: the rows that it has are not counted")
		return nil
	}
	if err := loaded(ctx, r.collection, nil); err != nil {
		return err
	}
	if r.result.Before, err = r.collection.Count(ctx, ""); err != nil || r.result.Before == 0 {
		return err
	}
	if !r.autoID() && !r.Upsert {
		return r.twice(ctx)
	}
	if !r.Upsert {
		r.note(fmt.Sprintf("the collection %s has %d rows; those of the data set are added", r.collection.Name, r.result.Before))
	}
	return nil
}

// identity is a hash of the data set and the fields that are sent.
func (r *Run) identity() (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, strings.Join(r.fields(), ","), r.Partition)
	sums := map[string]string{}
	if r.Set.Meta != nil {
		for _, f := range r.Set.Meta.Files {
			sums[f.Path] = f.SHA256
		}
	}
	for _, f := range r.Set.Files {
		if sums[f.Name] != "" {
			fmt.Fprintln(h, f.Name, f.Bytes, sums[f.Name])
			continue
		}
		info, err := os.Stat(f.Path)
		if err != nil {
			return "", core.Errorf(core.InvalidConfig, "%w", err)
		}
		fmt.Fprintln(h, f.Name, f.Bytes, info.ModTime().UnixNano())
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// path is where the journal of a run is.
func (r *Run) path(h Header) string {
	sum := sha256.Sum256([]byte(h.Address + "\n" + h.Database + "\n" + h.Collection + "\n" + h.Data))
	return filepath.Join(r.StateDir, hex.EncodeToString(sum[:12])+".journal")
}
