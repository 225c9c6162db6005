package plugins_test

func victim() {}
