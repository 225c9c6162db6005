package collection

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// List names the collections of the database.
func (s *Server) List(ctx context.Context) ([]string, error) {
	answer, err := s.Service().ShowCollections(ctx, &milvuspb.ShowCollectionsRequest{})
	if err := Explain(err, answer.GetStatus()); err != nil {
		return nil, told(err, "listing the collections")
	}
	names := slices.Clone(answer.GetCollectionNames())
	slices.Sort(names)
	return names, nil
}

// Find looks a collection up by its name or an alias; nil where there is none.
func (s *Server) Find(ctx context.Context, name string) (*Collection, error) {
	answer, err := s.Service().DescribeCollection(ctx, &milvuspb.DescribeCollectionRequest{CollectionName: name})
	if err := Explain(err, answer.GetStatus()); err != nil {
		if IsNotFound(err) {
			return nil, nil
		}
		return nil, told(err, "looking for the collection %s", name)
	}
	real := answer.GetSchema().GetName()
	if real == "" {
		real = answer.GetCollectionName()
	}
	c := &Collection{Server: s, Name: real, Schema: described(s.Kind, real, answer), described: answer}
	if c.Aliases, err = s.aliasesOf(ctx, real, answer.GetAliases()); err != nil {
		return nil, err
	}
	return c, c.readIndexes(ctx)
}

// Consistency is the collection's level by name; "" where the server keeps
// none, as Milvus Lite does.
func (c *Collection) Consistency() string {
	if c.Server.Kind == Lite {
		return ""
	}
	return c.described.GetConsistencyLevel().String()
}

// readIndexes puts the indexes of the server into the schema.
func (c *Collection) readIndexes(ctx context.Context) error {
	states, err := c.Indexes(ctx)
	if err != nil {
		return err
	}
	for _, state := range states {
		if f := c.Schema.Field(state.Field); f != nil {
			f.Index = &schema.Index{Type: state.Type, Metric: state.Metric, Params: state.Params}
		}
	}
	return nil
}

// Prepare finds the collection, or makes it with its indexes; made tells
// which. One that is there must fit the schema: all differences are told at
// once. What the server lacks is told before anything is changed.
func (s *Server) Prepare(ctx context.Context, name string, c *schema.Collection, o PrepareOptions) (found *Collection, made bool, err error) {
	c, err = c.Project(o.Fields, o.Exclude)
	if err != nil {
		return nil, false, err
	}
	if err := s.Lacks(c).Err(); err != nil {
		return nil, false, err
	}
	if err := o.Index.Check(s, c); err != nil {
		return nil, false, err
	}
	request, err := createRequest(name, c, o.Consistency)
	if err != nil {
		return nil, false, err
	}
	if found, err = s.Find(ctx, name); err != nil {
		return nil, false, err
	}
	var aliases []string
	switch {
	case found != nil && !o.Drop:
		return found, false, found.Fits(c)
	case found != nil:
		if err := found.Droppable(name, o.MoveAlias); err != nil {
			return nil, false, err
		}
		aliases = found.Aliases
		if err := found.drop(ctx); err != nil {
			return nil, false, err
		}
	}
	if found, err = s.create(ctx, request); err != nil {
		return nil, false, withoutAliases(err, name, aliases)
	}
	if left, err := s.setAliases(ctx, name, aliases); err != nil {
		return nil, true, withoutAliases(err, name, left)
	}
	found.Aliases = aliases
	return found, true, found.Index(ctx, o.Index.Over(s, c))
}

// withoutAliases adds to an error which aliases stand for nothing now.
func withoutAliases(err error, name string, aliases []string) error {
	if len(aliases) == 0 {
		return err
	}
	return errors.Join(err, core.Errorf(core.Conflict, "%s %s of %s %s for nothing now",
		plural(len(aliases), "the alias", "the aliases"), strings.Join(aliases, ", "), name, plural(len(aliases), "stands", "stand")).
		WithHint("when the collection is there again: milvus-ingest alias switch %s %s", aliases[0], name))
}

// Drop removes a collection; an alias is refused, and so is a collection with
// aliases. One that is not there is no error.
func (s *Server) Drop(ctx context.Context, name string) error {
	found, err := s.Find(ctx, name)
	if err != nil || found == nil {
		return err
	}
	if err := found.Droppable(name, false); err != nil {
		return err
	}
	return found.drop(ctx)
}

// Droppable refuses to drop what others reach by another name. name is how the
// collection was asked for; with moveAlias its aliases are taken care of.
func (c *Collection) Droppable(name string, moveAlias bool) error {
	if name != c.Name {
		return core.Errorf(core.Conflict, "%s is an alias of the collection %s, which is not dropped by it", name, c.Name).
			WithHint("name the collection itself, or load a new one and point the alias at it: milvus-ingest alias switch %s NEW", name)
	}
	if len(c.Aliases) > 0 && !moveAlias {
		return core.Errorf(core.Conflict, "the collection %s is reached by %s %s, which would be lost", name, plural(len(c.Aliases), "the alias", "the aliases"), strings.Join(c.Aliases, ", ")).
			WithHint("add --move-alias to point them at the new collection, or load it under another name and switch: milvus-ingest alias switch %s NEW", c.Aliases[0])
	}
	return nil
}

// drop removes the collection, with its aliases where it has any: servers
// since 2.5.5 refuse to drop what has one.
func (c *Collection) drop(ctx context.Context) error {
	for i, alias := range c.Aliases {
		if err := c.Server.DropAlias(ctx, alias); err != nil {
			return c.putBack(ctx, c.Aliases[:i], err)
		}
	}
	answer, err := c.Server.Service().DropCollection(ctx, &milvuspb.DropCollectionRequest{CollectionName: c.Name})
	if err := Explain(err, answer); err != nil {
		return c.putBack(ctx, c.Aliases, told(err, "dropping the collection %s", c.Name))
	}
	return nil
}

// putBack gives a collection that could not be dropped its aliases again.
func (c *Collection) putBack(ctx context.Context, aliases []string, why error) error {
	if left, err := c.Server.setAliases(ctx, c.Name, aliases); err != nil {
		return withoutAliases(errors.Join(why, err), c.Name, left)
	}
	return why
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
