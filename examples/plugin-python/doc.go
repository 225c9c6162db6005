// Package pluginpython holds the tests of the plugins in Python that are in
// this folder; README.md tells of them.
package pluginpython
