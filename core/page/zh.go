package page

func dictionary(lang string) map[string]string { return nil }
