package main

// toMilvusCommand brings data sets into Milvus.
type toMilvusCommand struct {
	Import toImportCommand `cmd:"" help:"Let Milvus import the files of a data set from a bucket, where they are uploaded first."`
	Insert insertCommand   `cmd:"" help:"Send the rows of a data set to a collection, which is made where it is missing."`
	Verify verifyCommand   `cmd:"" help:"Compare a data set with the collection that holds it: counts, every row, searches."`
}
