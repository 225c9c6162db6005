package generators

import (
	"slices"
	"strings"

	"github.com/zilliz/milvus-ingest/core/schema"
	"github.com/zilliz/milvus-ingest/generators/topic"
	"github.com/zilliz/milvus-ingest/generators/topic/corpus"
)

func languageWords() string { return "language lang locale 语言 语种" }

func categoryWords() string {
	return "category section department genre 分类 类别 栏目 部门"
}

// textRule gives text fields with one of the words in their name (or, in
// Chinese, in their description) a generator. The first rule that fits counts.
type textRule struct {
	words     string
	generator string
	params    map[string]any
}

func textRules() []textRule {
	pattern := func(p string) map[string]any { return map[string]any{"pattern": p} }
	return []textRule{
		{"image_url photo_url picture_url thumbnail_url avatar_url avatar 图片地址 头像", "text.image_url", nil},
		{"url uri link href website homepage 链接 网址", "text.url", nil},
		{"email mail 邮箱 邮件地址", "text.email", nil},
		{"phone mobile telephone 电话 手机号", "text.phone", nil},
		{"hash checksum md5 digest 哈希 校验", "text.pattern", pattern(`[0-9a-f]{32}`)},
		{"ip ip_address", "text.pattern", pattern(`10\.[1-9]#?\.[1-9]#?\.[1-9]#`)},
		{"mac_address", "text.pattern", pattern(`02(:[0-9a-f]{2}){5}`)},
		{"zip zipcode postal_code postcode 邮编", "text.pattern", pattern(`[1-9]####`)},
		{"plate license_plate 车牌", "text.pattern", pattern(`[A-Z]{3}-####`)},
		{"version 版本", "text.pattern", pattern(`[1-9]\.#\.#`)},
		{"isbn", "text.pattern", pattern(`978-[0-9]-#{4}-#{4}-#`)},
		{"sku article_number part_number 货号", "identifier.sku", nil},
		{"order_number order_no invoice_number serial_number 订单号 序列号 编号", "identifier.sku", map[string]any{"pattern": "A999999999"}},
		{"question query prompt user_message ask 问题 提问 *_q", "text.question", nil},
		{"answer reply response ai_response solution 答案 回答 回复 解答 *_a", "text.answer", nil},
		{"username user_name login nickname handle screen_name 用户名 昵称 账号", "text.username", nil},
		{"image_file image_name photo_name 图片名", "text.image_name", nil},
		{"audio_file audio_name recording_file 音频文件", "text.audio_name", nil},
		{"video_file video_name 视频文件", "text.video_name", nil},
		{"path filepath file_path object_key 路径", "text.path", nil},
		{"filename file_name file 文件名", "text.filename", nil},
		{"company organization organisation employer firm vendor supplier manufacturer merchant shop_name store_name tenant_name customer_company 公司 企业 供应商 商家", "text.company", nil},
		{"brand 品牌", "text.brand", nil},
		{"job occupation profession position job_title 职业 职位", "text.job", nil},
		{"first_name firstname given_name", "text.firstname", nil},
		{"last_name lastname surname family_name", "text.surname", nil},
		{"name_of_person full_name fullname person_name author speaker photographer owner creator customer_name contact editor journalist writer artist director actor reviewer uploader assignee created_by updated_by person 姓名 作者 联系人 负责人 创建人", "text.name", nil},
		{"street", "text.street", nil},
		{"address 地址", "text.address", nil},
		{"city town 城市", "text.city", nil},
		{"country nation 国家", "text.country", nil},
		{"location place site venue 位置 地点", "text.location", nil},
		{"caption alt_text alt 图注 图片描述", "text.caption", nil},
		{"title headline heading subject product_name item_name topic_name 标题 题目 主题", "text.title", nil},
		{"summary abstract description desc synopsis intro introduction overview excerpt snippet bio about lead 摘要 简介 描述 概要 说明 介绍", "text.summary", nil},
		{"content body text full_text fulltext transcript document doc passage chunk article paragraph page note notes message comment review details search_text input output context 内容 正文 全文 文本 评论 备注 段落", "text.body", nil},
		{"keyword tag label entity topic 关键词 标签", "text.words", nil},
		{"source publisher publication newspaper 来源 出处 媒体", "text.source", nil},
		{"name 名称 名字", "text.title", nil},
	}
}

// vocabulary gives text fields with one of the words in their name values of
// a short list, the commonest first.
type vocabulary struct {
	words   string
	en, han string
}

func vocabularies() []vocabulary {
	return []vocabulary{
		{"status state 状态", "active|pending|completed|archived|failed", "正常|待处理|已完成|已归档|失败"},
		{"gender sex 性别", "female|male|other", "女|男|未知"},
		{"emotion mood 情绪 表情", "neutral|happy|surprised|sad|angry", "平静|高兴|惊讶|悲伤|生气"},
		{"sentiment 情感", "positive|neutral|negative", "正面|中性|负面"},
		{"mime mime_type content_type", "application/pdf|image/jpeg|text/html|image/png|text/plain|video/mp4|audio/mpeg", ""},
		{"doc_type document_type file_type extension 文件类型 文档类型", "pdf|docx|html|md|txt|pptx|xlsx", ""},
		{"image_format format 格式", "jpg|png|webp|gif|tiff", ""},
		{"resolution 分辨率", "1920x1080|1280x720|3840x2160|2560x1440|854x480", ""},
		{"codec", "h264|hevc|av1|vp9", ""},
		{"model model_name 模型", "base-small|base-large|chat-medium|chat-large|vision-small", ""},
		{"device client platform app 设备 平台 客户端", "web|ios|android|desktop|api", ""},
		{"browser", "Chrome|Safari|Firefox|Edge", ""},
		{"country_code nation_code", "US|DE|GB|FR|JP|CN|ES|IT|BR|IN|CA|AU", "CN|SG|MY|JP|US|AU|CA|GB"},
		{"currency 币种 货币", "USD|EUR|GBP|JPY|CAD", "CNY|USD|EUR|HKD|JPY"},
		{"timezone tz 时区", "Europe/London|America/New_York|Europe/Berlin|Asia/Tokyo|America/Los_Angeles", "Asia/Shanghai|Asia/Singapore|Asia/Tokyo|America/New_York"},
		{"region area zone 地区 区域 大区", "north|south|east|west|central", "华东|华南|华北|西南|华中|西北|东北"},
		{"colour color 颜色", "black|white|grey|blue|red|green|yellow", "黑色|白色|灰色|蓝色|红色|绿色|黄色"},
		{"size 尺码", "M|L|S|XL|XS", ""},
		{"priority severity urgency 优先级 紧急程度", "normal|low|high|urgent", "普通|低|高|紧急"},
		{"level tier grade 等级 级别", "standard|silver|gold|platinum", "普通|白银|黄金|铂金"},
		{"plan subscription 套餐", "free|team|business|enterprise", "免费版|团队版|商业版|企业版"},
		{"role 角色", "user|editor|admin|viewer", "普通用户|编辑|管理员|访客"},
		{"segment 用户分群", "new|regular|loyal|dormant", "新用户|活跃用户|忠实用户|沉睡用户"},
		{"channel medium 渠道", "web|app|email|phone|store", "网站|App|邮件|电话|门店"},
		{"environment env 环境", "production|staging|development|test", "生产|预发布|开发|测试"},
		{"unit 单位", "piece|kg|box|litre|set", "件|千克|箱|升|套"},
		{"type kind class 类型 种类", "standard|internal|external|special", "普通|内部|外部|特殊"},
	}
}

// text chooses for VarChar and String.
func (s *chooser) text(f *schema.Field) pick {
	is := wordsOf(f)
	if len(f.Enum) > 0 {
		switch {
		case is.any(languageWords()) && s.known(f):
			return pick{generator: "text.language", why: "the texts are in these languages"}
		case f.Name == s.category:
			return pick{generator: "text.category", why: "the texts are about these categories"}
		}
		return pick{generator: "choice.values", params: map[string]any{"values": f.Enum}, why: "enum_values"}
	}
	if is.any(languageWords()) {
		return pick{generator: "text.language", why: "named like a language"}
	}
	if is.any(categoryWords()) {
		return pick{generator: "text.category", why: "named like a category"}
	}
	for _, v := range vocabularies() {
		if word := is.last(v.words); word != "" {
			if values := v.fitting(s.topic.Language, f.MaxLength); len(values) > 1 {
				return pick{generator: "choice.values", params: map[string]any{"values": values}, why: "named like " + word}
			}
		}
	}
	if p, ok := textTime(f, is); ok {
		return p
	}
	for _, rule := range textRules() {
		if word := is.match(rule.words); word != "" && !is.any("*_id *_uuid *_guid") {
			return s.fit(f, pick{generator: rule.generator, params: rule.params, why: "named like " + word})
		}
	}
	if is.any("id uuid guid key 标识 主键") {
		return textID(f)
	}
	return s.byLength(f)
}

// known tells whether there are texts in one of a field's languages.
func (s *chooser) known(f *schema.Field) bool {
	return slices.ContainsFunc(texts(f.Enum), func(code string) bool {
		_, ok := topic.Find(code, corpus.Languages(s.topic.Theme))
		return ok
	})
}

// last gives the first of the words that a name ends with: size_chart is no
// size.
func (w words) last(list string) string {
	for _, word := range strings.Fields(list) {
		if hanOf(word) != "" && w.has(word) || w.has("*_"+word) {
			return word
		}
	}
	return ""
}

func (v vocabulary) fitting(language string, limit int) []string {
	list := v.en
	if strings.HasPrefix(language, "zh") && v.han != "" {
		list = v.han
	}
	return slices.DeleteFunc(strings.Split(list, "|"), func(value string) bool { return limit > 0 && len(value) > limit })
}

// fit gives a generator of text the options that suit the field's length and
// the collection's language.
func (s *chooser) fit(f *schema.Field, p pick) pick {
	p = p.with(nil)
	if p.generator == "text.body" && f.MaxLength > 4000 {
		p.params["paragraphs"] = 3
	}
	if p.generator == "text.filename" && s.topic.Theme == "media" {
		p.generator = "text.image_name"
	}
	if s.topic.Theme == "person" && s.takes(p.generator, "person") && f.CardinalityRatio == nil {
		p.params["person"] = "user"
	}
	if s.takes(p.generator, "language") && !s.takes(p.generator, "topic") {
		p.params["language"] = s.topic.Language
	}
	return p
}

// byLength serves text of which nothing is known but how long it may be.
func (s *chooser) byLength(f *schema.Field) pick {
	switch {
	case f.MaxLength > 0 && f.MaxLength <= 60:
		return pick{generator: "text.words", why: "short text"}
	case f.MaxLength <= 300:
		return pick{generator: "text.sentence", why: "text of a line"}
	default:
		return s.fit(f, pick{generator: "text.body", why: "long text"})
	}
}

func textID(f *schema.Field) pick {
	if f.MaxLength == 0 || f.MaxLength >= 36 {
		return pick{generator: "identifier.uuid", why: "named like an identifier, with room for a UUID"}
	}
	return pick{generator: "identifier.sku", why: "named like an identifier"}
}
