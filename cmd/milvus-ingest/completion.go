package main

import "fmt"

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"Shell: ${enum}."`
}

// The shells ask the program itself what can follow (see main), so the scripts
// never fall behind the commands.
const (
	bashCompletion = `complete -o default -C milvus-ingest milvus-ingest
`
	zshCompletion = `autoload -U +X compinit && compinit -i
autoload -U +X bashcompinit && bashcompinit
complete -o default -C milvus-ingest milvus-ingest
`
	fishCompletion = `function __milvus_ingest_complete
    set -lx COMP_LINE (commandline -cp)
    test -z (commandline -ct)
    and set COMP_LINE "$COMP_LINE "
    milvus-ingest
end
complete -c milvus-ingest -a "(__milvus_ingest_complete)"
`
)

// Help tells how a script is put to use.
func (c *completionCommand) Help() string {
	return `bash:  milvus-ingest completion bash >> ~/.bashrc
zsh:   milvus-ingest completion zsh >> ~/.zshrc
fish:  milvus-ingest completion fish > ~/.config/fish/completions/milvus-ingest.fish`
}

// Run implements the command.
func (c *completionCommand) Run(a *app) error {
	script := map[string]string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}[c.Shell]
	_, err := fmt.Fprint(a.stdout, script)
	return err
}
