package main

type scriptCommand struct {
	New  scriptNew  `cmd:"" help:"Write a first hook file, with the types that editors use."`
	Test scriptTest `cmd:"" help:"Show what hooks give for some rows, and how fast they are."`
}
