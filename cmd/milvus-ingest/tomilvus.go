package main

// toMilvusCommand brings data sets into Milvus.
type toMilvusCommand struct {
	Insert insertCommand `cmd:"" help:"Send the rows of a data set to a collection, which is made where it is missing."`
}
