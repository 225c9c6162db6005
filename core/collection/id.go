package collection

// ID is the server's number of the collection: another one of the same name
// has another.
func (c *Collection) ID() int64 { return c.described.GetCollectionID() }
