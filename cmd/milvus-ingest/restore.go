package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/bucket"
	"github.com/zilliz/milvus-ingest/core/dataset"
	"github.com/zilliz/milvus-ingest/core/download"
)

type restoreCommand struct {
	Backup string `arg:"" name:"backup" help:"Data set that export made: a folder, or s3://bucket/prefix/."`

	CollectionName string `placeholder:"NAME" help:"Collection to make (default: the one that was exported)."`
	Via            string `enum:"insert,import" default:"insert" help:"How the rows go in: ${enum}."`
	ImportBucket   string `env:"MINIO_BUCKET" placeholder:"NAME" help:"With --via import: the bucket that Milvus imports from."`
	ImportPath     string `default:"restore/" placeholder:"PREFIX" help:"With --via import: where in it the files go."`
	dropFlags
	Resume     bool   `help:"Go on with a restore that was interrupted."`
	Timeout    int    `default:"3600" placeholder:"SECONDS" help:"With --via import: time that the import may take."`
	Staging    string `placeholder:"DIR" help:"Folder for the files on their way from s3:// (default: in your data folder)."`
	NoProgress bool   `help:"Show no progress."`

	serverFlags
	storeFlags `group:"Store"`
}

// Help tells how the command is used.
func (*restoreCommand) Help() string {
	return `Makes a collection of a backup again: the schema with its indexes and properties,
its consistency level, and all rows. A backup is a data set, so to-milvus insert and to-milvus import take it
as well.
  milvus-ingest restore backups/docs-20260201T021500Z --collection-name docs_again
  milvus-ingest to-milvus verify backups/docs-20260201T021500Z --collection-name docs_again --level full`
}

// Run implements the command.
func (c *restoreCommand) Run(ctx context.Context, a *app) (err error) {
	if c.Via == "import" && c.ImportBucket == "" {
		return core.Errorf(core.InvalidConfig, "an import needs the bucket that Milvus reads").WithHint("name it with --import-bucket")
	}
	dir := c.Backup
	if isBucket(c.Backup) {
		if dir, err = c.fetch(ctx, a); err != nil {
			return err
		}
	}
	meta, err := dataset.ReadMeta(dir)
	if err != nil {
		return core.Errorf(core.InvalidConfig, "%s is no backup: %w", c.Backup, err).WithHint("give a folder that milvus-ingest export made")
	}
	name := c.CollectionName
	if name == "" {
		name = meta.Schema.Name
	}
	if code := run(ctx, c.load(a, dir, name), a); code != exitDone {
		return exitStatus(code) // it has told why
	}
	if dir != c.Backup {
		// It can be had again.
		err = errors.Join(dataset.Remove(dir), os.Remove(dir))
	}
	return err
}

// load is the command line that brings the rows in.
func (c *restoreCommand) load(a *app, dir, name string) []string {
	args := []string{"to-milvus", c.Via, "--collection-name=" + name}
	if a.output == "json" {
		args = append(args, "--output=json")
	}
	if c.Via == "insert" {
		args = append(args, dir)
	} else {
		args = append(args, "--local-path="+dir, "--bucket="+c.ImportBucket, "--s3-path="+bucket.Join(c.ImportPath, name)+"/",
			"--wait", fmt.Sprintf("--timeout=%d", c.Timeout))
		args = append(args, c.storeFlags.args()...)
	}
	for flag, set := range map[string]bool{
		"--drop-if-exists": c.DropIfExists, "--yes": c.Yes, "--move-alias": c.MoveAlias, "--resume": c.Resume, "--no-progress": c.NoProgress, "--verbose": a.verbose,
	} {
		if set {
			args = append(args, flag)
		}
	}
	return append(args, c.serverFlags.args()...)
}

// fetch downloads the backup.
func (c *restoreCommand) fetch(ctx context.Context, a *app) (string, error) {
	at, err := bucket.ParseLocation(c.Backup)
	if err != nil {
		return "", err
	}
	o, err := c.storeFlags.options(a, at.Bucket)
	if err != nil {
		return "", err
	}
	store, err := bucket.Open(ctx, o, false)
	if err != nil {
		return "", err
	}
	dir, err := staging(c.Staging, "restore", store.Store, c.Backup)
	if err != nil {
		return "", err
	}
	var bytes atomic.Int64
	stop := a.countBytes(&bytes, c.NoProgress)
	defer stop()
	return dir, download.Run(ctx, store, at.Key, dir, func(n int64) { bytes.Add(n) })
}

// args are the flags as a command line of this program has them. It never
// leaves this process: it holds secrets.
func (f *serverFlags) args() []string {
	return given(map[string]string{
		"uri": f.URI, "token": f.Token, "token-file": f.TokenFile, "user": f.User, "db-name": f.DBName, "tls-ca": f.CAFile, "tls-cert": f.CertFile,
		"tls-key": f.KeyFile, "tls-server-name": f.NameTLS, "tls-insecure": flagText(f.Insecure), "connect-timeout": f.Connect.String(),
	})
}

// args are the flags as serverFlags.args.
func (f *storeFlags) args() []string {
	return given(map[string]string{
		"endpoint-url": f.EndpointURL, "access-key-id": f.AccessKeyID, "secret-access-key": f.SecretAccessKey, "secret-key-file": f.SecretKeyFile,
		"session-token": f.SessionToken, "region": f.Region, "addressing": f.Addressing, "checksums": f.Checksums, "ca-bundle": f.CABundle, "no-verify-ssl": flagText(f.NoVerifySSL),
	})
}

func flagText(set bool) string {
	if set {
		return "true"
	}
	return ""
}

// given are the options that have a value.
func given(options map[string]string) []string {
	var args []string
	for name, value := range options {
		if value != "" {
			args = append(args, "--"+name+"="+value)
		}
	}
	return args
}
