package schema

import "flag"

var update = flag.Bool("update", false, "write the golden files and the tables of the documentation anew")
