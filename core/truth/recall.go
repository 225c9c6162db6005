package truth

// Judgement is how well a search answered one query.
type Judgement struct {
	// Recall is the share of the nearest rows that were found.
	Recall float64
	// Tied tells that more rows were as near as the last than there were
	// places; each of them counts.
	Tied bool
}

// Judge compares what a search for the k nearest rows found with the truth.
// ok is false where that cannot be told: nothing is near the query, or more
// rows are equally near than the answer keeps.
func (a *Answer) Judge(query, k int, found []Key) (j Judgement, ok bool) {
	if query < 0 || query >= len(a.Neighbors) || k < 1 || k > a.K {
		return j, false
	}
	n := a.Neighbors[query]
	want := min(k, len(n.Keys))
	good := n.near(want)
	if want == 0 || n.Open && good == len(n.Keys) {
		return j, false
	}
	unmatched := make(map[Key]struct{}, len(found))
	for _, key := range found {
		unmatched[key] = struct{}{}
	}
	hits := 0
	for _, key := range n.Keys[:good] {
		if _, is := unmatched[key]; is {
			delete(unmatched, key)
			hits++
		}
	}
	return Judgement{Recall: float64(min(hits, want)) / float64(want), Tied: good > want}, true
}

// near is the number of rows that are as near as the one in the given place.
func (n Neighbors) near(place int) int {
	if place == 0 {
		return 0
	}
	last := n.Scores[place-1]
	for place < len(n.Scores) && abs(n.Scores[place]-last) <= n.Slack {
		place++
	}
	return place
}

func abs(f float64) float64 { return max(f, -f) }
