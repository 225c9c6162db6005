package generators

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/zilliz/milvus-ingest/core"
	"github.com/zilliz/milvus-ingest/core/schema"
)

// numberRule gives number fields with one of the words in their name a
// generator. The first rule that fits counts.
type numberRule struct {
	words     string
	generator string
	params    map[string]any
	bounds    [2]string // where the schema has none
}

func numberRules() []numberRule {
	count := func(median int) map[string]any { return map[string]any{"median": median} }
	return []numberRule{
		{"sentiment sentiment_score polarity 情感", "number.normal", nil, [2]string{"-1", "1"}},
		{"rating star 评分 星级", "number.score", map[string]any{"decimals": 1}, [2]string{"1", "5"}},
		{"score confidence similarity relevance probability likelihood quality certainty accuracy satisfaction 置信度 得分 分数 相似度 概率 质量分", "number.score", nil, [2]string{"0", ""}},
		{"discount share ratio rate percent percentage 折扣 比例 占比", "number.uniform", nil, [2]string{}},
		{"purchase total_orders total_views total_count 购买次数", "number.count", nil, [2]string{"0", ""}},
		{"size_mb", "number.count", count(40), [2]string{"1", ""}},
		{"price cost amount total revenue salary fee income spent budget balance 价格 金额 费用 单价 售价", "number.price", nil, [2]string{"1", ""}},
		{"word_count 字数", "number.count", count(600), [2]string{"1", "20000"}},
		{"token_count token", "number.count", count(300), [2]string{"1", "32000"}},
		{"reading_time 阅读时长", "number.count", count(4), [2]string{"1", "60"}},
		{"start_second offset start_time_seconds", "number.uniform", nil, [2]string{"0", "3600"}},
		{"duration length seconds 时长", "number.count", count(120), [2]string{"1", "36000"}},
		{"latency response_time elapsed ms 延迟 耗时", "number.count", count(250), [2]string{"1", "60000"}},
		{"file_size filesize bytes 文件大小", "number.count", count(400_000), [2]string{"1", ""}},
		{"speaker_count", "number.count", count(2), [2]string{"1", "10"}},
		{"view like click impression play share_count 浏览 点赞 播放 阅读量", "number.count", count(80), [2]string{"0", ""}},
		{"stock inventory quantity stock_quantity 库存 数量", "number.count", count(120), [2]string{"0", "10000"}},
		{"count number_of num total_count sales downloads orders comments visits 次数 销量 订单数 评论数", "number.count", nil, [2]string{"0", ""}},
		{"age 年龄", "number.normal", map[string]any{"mean": 38, "stddev": 14}, [2]string{"18", "95"}},
		{"fps", "number.choice", map[string]any{"values": []int{30, 25, 60, 24, 50, 120}}, [2]string{}},
		{"width 宽度", "number.choice", map[string]any{"values": []int{1920, 1280, 3840, 1080, 2560, 800, 4032}}, [2]string{}},
		{"height 高度", "number.choice", map[string]any{"values": []int{1080, 720, 2160, 1920, 1440, 600, 3024}}, [2]string{}},
		{"temperature 温度", "number.normal", map[string]any{"decimals": 1}, [2]string{"-20", "40"}},
		{"humidity 湿度", "number.normal", nil, [2]string{"10", "100"}},
		{"weight 重量", "number.price", nil, [2]string{"1", ""}},
		{"latitude lat 纬度", "number.uniform", map[string]any{"decimals": 6}, [2]string{"-60", "70"}},
		{"longitude lon lng 经度", "number.uniform", map[string]any{"decimals": 6}, [2]string{"-180", "180"}},
		{"year 年份", "number.normal", map[string]any{"mean": 2018, "stddev": 6}, [2]string{"1990", "2025"}},
		{"priority level rank position index turn page version retry severity order step depth 优先级 等级 排名 页码 序号 版本", "number.zipf", nil, [2]string{"", ""}},
	}
}

// number chooses for whole numbers and fractions.
func (s *chooser) number(f *schema.Field, kind schema.Type) pick {
	if len(f.Enum) > 0 {
		return pick{generator: "number.choice", params: map[string]any{"values": f.Enum}, why: "enum_values"}
	}
	is := wordsOf(f)
	if kind == schema.Int64 || kind == schema.Double {
		if p, ok := numberTime(f, is); ok {
			return p
		}
	}
	if f.IsPartitionKey {
		return bounded(f, pick{generator: "number.zipf", why: "partition key: few values are common"}, [2]string{"1", ""})
	}
	if is.any("*_id") {
		return bounded(f, pick{generator: "number.uniform", why: "named *_id"}, [2]string{"1", ""})
	}
	for _, rule := range numberRules() {
		word := is.match(rule.words)
		if word == "" {
			continue
		}
		p := pick{generator: rule.generator, params: rule.params, why: "named like " + word}
		if kind.IsInteger() {
			p = p.with(nil)
			delete(p.params, "decimals")
		}
		if p.generator == "number.choice" {
			if p = within(f, p, kind); p.generator != "" {
				return p
			}
			return bounded(f, pick{generator: "number.uniform", why: "bounds"}, [2]string{"1", ""})
		}
		if p.generator == "number.price" && asFloat(f.Max, 1e300) <= 1 {
			p.generator = "number.uniform" // no price lies below 1
		}
		return tamed(f, bounded(f, p, rule.bounds), kind)
	}
	p := pick{generator: "number.uniform", why: "its type"}
	return bounded(f, p, [2]string{})
}

// bounded adds the bounds of the field or, where it has none, of the rule.
func bounded(f *schema.Field, p pick, usual [2]string) pick {
	p = p.with(nil)
	low, high := f.Min, f.Max
	if low == "" && high == "" {
		low, high = json.Number(usual[0]), json.Number(usual[1])
	}
	if low != "" {
		p.params["min"] = low
	}
	if high != "" {
		p.params["max"] = high
	}
	if f.Min != "" || f.Max != "" {
		p.why += ", with its bounds"
	}
	return p
}

// tamed drops what does not fit the field's bounds or type: a median or mean
// outside, a bound that an Int8 cannot hold.
func tamed(f *schema.Field, p pick, kind schema.Type) pick {
	low, high := asFloat(p.params["min"], -1e300), asFloat(p.params["max"], 1e300)
	for _, key := range []string{"median", "mean"} {
		v, given := p.params[key]
		if at := asFloat(v, 0); given && p.generator != "number.score" && (at <= low || at >= high) {
			delete(p.params, key)
			delete(p.params, "stddev")
			if p.generator == "number.count" && high < 1e300 {
				p.params["median"] = max((high-low)/8, 0.5) // distance from min
			}
		}
	}
	limits := map[schema.Type]float64{schema.Int8: 127, schema.Int16: 32767}
	if limit, small := limits[kind]; small && f.Max == "" && high > limit && high < 1e300 {
		delete(p.params, "max")
	}
	return p
}

// within keeps the values of a choice that the field's bounds allow; few are
// no choice.
func within(f *schema.Field, p pick, kind schema.Type) pick {
	values, _ := p.params["values"].([]int)
	low, high := asFloat(f.Min, -1e300), asFloat(f.Max, 1e300)
	if kind == schema.Int8 {
		high = min(high, 127)
	}
	var kept []int
	for _, v := range values {
		if float64(v) >= low && float64(v) <= high {
			kept = append(kept, v)
		}
	}
	if len(kept) < 2 {
		return pick{}
	}
	p = p.with(nil)
	p.params["values"] = kept
	return p
}

// asFloat reads a parameter that is a number.
func asFloat(v any, otherwise float64) float64 {
	switch n := v.(type) {
	case int:
		return float64(n)
	case float64:
		return n
	case json.Number:
		if x, err := n.Float64(); err == nil {
			return x
		}
	}
	return otherwise
}

func timeWords() string {
	return "*_at *_date *_time *_on date time timestamp datetime created updated modified published last_updated last_login last_seen last_active birthday 时间 日期 生日"
}

// notTimes are names with time in them that are lengths of time.
func notTimes() string {
	return "reading_time response_time time_spent read_time processing_time elapsed_time time_value"
}

// textTime chooses for texts that are dates or times.
func textTime(f *schema.Field, is words) (pick, bool) {
	word := is.match(timeWords())
	if word == "" || is.any(notTimes()) || f.MaxLength > 0 && f.MaxLength < 8 || f.MaxLength > 64 {
		return pick{}, false
	}
	p := pick{generator: "time.timestamp", why: "named like " + word}
	if is.any("date *_on birthday 日期 生日") || f.MaxLength > 0 && f.MaxLength < 16 {
		p.generator = "time.date"
		if f.MaxLength > 0 && f.MaxLength < 10 {
			p.params = map[string]any{"format": "compact"}
		}
	}
	return p, true
}

// numberTime chooses for numbers that count since 1970.
func numberTime(f *schema.Field, is words) (pick, bool) {
	word := is.match(timeWords())
	if word == "" || is.any(notTimes()) {
		return pick{}, false
	}
	unit, scale := "s", int64(1)
	for _, u := range []struct {
		name  string
		scale int64
		words string
	}{{"ms", 1e3, "millisecond 毫秒"}, {"us", 1e6, "microsecond 微秒"}, {"ns", 1e9, "nanosecond 纳秒"}} {
		high := asFloat(f.Max, 0)
		said := wordsOf(&schema.Field{Name: f.Description, Description: f.Description}).any(u.words)
		if said || high > 3e9*float64(u.scale)/10 && high < 3e12*float64(u.scale)/10 {
			unit, scale = u.name, u.scale
		}
	}
	p := pick{generator: "time.timestamp", params: map[string]any{"unit": unit}, why: "named like " + word}
	start, end := bound(f.Min, scale), bound(f.Max, scale)
	if start.Year() >= 1990 {
		p.params["start"] = start.Format(time.RFC3339)
	}
	if !end.IsZero() && end.Before(core.Epoch()) {
		p.params["end"] = end.Format(time.RFC3339)
		if start.Year() < 1990 {
			p.params["start"] = end.AddDate(-3, 0, 0).Format(time.RFC3339)
		}
	}
	if s, ok := p.params["start"].(string); ok && !end.IsZero() && strings.Compare(s, end.Format(time.RFC3339)) >= 0 {
		return pick{}, false
	}
	p.why += ", counted in " + unit
	return p, true
}

// bound is the time that a bound of a field means; zero where there is none.
func bound(n json.Number, scale int64) time.Time {
	v, err := strconv.ParseInt(string(n), 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(v/scale, 0).UTC()
}

// truth chooses for Bool.
func truth(f *schema.Field) pick {
	if len(f.Enum) > 0 {
		return pick{generator: "choice.values", params: map[string]any{"values": f.Enum}, why: "enum_values"}
	}
	is := wordsOf(f)
	for _, rule := range []struct {
		words string
		ratio float64
	}{
		{"deleted archived breaking spam blocked banned fraud expired hidden flagged 删除 归档 作废 封禁 突发", 0.06},
		{"featured pinned premium vip urgent recommended hot 精选 置顶 推荐 热门", 0.12},
		{"active available enabled published public verified visible valid in_stock enrolled approved 激活 启用 有效 上架 公开 有货", 0.85},
		{"has_image has_picture has_subtitle free_shipping has 包邮", 0.6},
	} {
		if word := is.match(rule.words); word != "" {
			return pick{generator: "boolean.flag", params: map[string]any{"ratio": rule.ratio}, why: "named like " + word}
		}
	}
	return pick{generator: "boolean.flag", why: "its type"}
}
