package collection

import (
	"context"
	"slices"

	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
)

// Aliases lists all aliases of the database with the collections that they
// stand for.
func (s *Server) Aliases(ctx context.Context) (map[string]string, error) {
	names, err := s.listAliases(ctx, "")
	if err != nil {
		return nil, err
	}
	found := make(map[string]string, len(names))
	for _, alias := range names {
		answer, err := s.Service().DescribeAlias(ctx, &milvuspb.DescribeAliasRequest{Alias: alias})
		problem := Explain(err, answer.GetStatus())
		switch {
		case problem == nil:
			found[alias] = answer.GetCollection()
		case !IsNotFound(problem): // one that was dropped meanwhile is none
			return nil, told(problem, "looking for the alias %s", alias)
		}
	}
	return found, nil
}

// SetAlias makes the alias, or points it at another collection.
func (s *Server) SetAlias(ctx context.Context, alias, collection string) error {
	known, err := s.Service().DescribeAlias(ctx, &milvuspb.DescribeAliasRequest{Alias: alias})
	switch problem := Explain(err, known.GetStatus()); {
	case problem == nil && known.GetCollection() == collection:
		return nil
	case problem == nil:
		answer, err := s.Service().AlterAlias(ctx, &milvuspb.AlterAliasRequest{Alias: alias, CollectionName: collection})
		return told(Explain(err, answer), "pointing the alias %s at %s", alias, collection)
	case !IsNotFound(problem):
		return told(problem, "looking for the alias %s", alias)
	}
	answer, err := s.Service().CreateAlias(ctx, &milvuspb.CreateAliasRequest{Alias: alias, CollectionName: collection})
	return told(Explain(err, answer), "making the alias %s of %s", alias, collection)
}

// setAliases points several at a collection. It tries all of them; left are
// those that could not be set.
func (s *Server) setAliases(ctx context.Context, name string, aliases []string) (left []string, err error) {
	var problems []error
	for _, alias := range aliases {
		if err := s.SetAlias(ctx, alias, name); err != nil {
			left, problems = append(left, alias), append(problems, err)
		}
	}
	return left, join(problems)
}

// DropAlias removes an alias.
func (s *Server) DropAlias(ctx context.Context, alias string) error {
	answer, err := s.Service().DropAlias(ctx, &milvuspb.DropAliasRequest{Alias: alias})
	return told(Explain(err, answer), "dropping the alias %s", alias)
}

// aliasesOf are the aliases of a collection; said are those that came with its
// description, which Milvus Lite leaves out.
func (s *Server) aliasesOf(ctx context.Context, name string, said []string) ([]string, error) {
	aliases := slices.Clone(said)
	if s.Kind == Lite {
		var err error
		if aliases, err = s.listAliases(ctx, name); err != nil {
			return nil, err
		}
	}
	slices.Sort(aliases)
	return aliases, nil
}

// listAliases lists those of a collection; "" for all.
func (s *Server) listAliases(ctx context.Context, name string) ([]string, error) {
	answer, err := s.Service().ListAliases(ctx, &milvuspb.ListAliasesRequest{CollectionName: name})
	return answer.GetAliases(), told(Explain(err, answer.GetStatus()), "listing the aliases %s", name)
}
