package page

import "strings"

// dictionary has the page's own words in another language; what it does not
// know stays English. The words of the data are never translated.
func dictionary(lang string) map[string]string {
	if lang != "zh" {
		return nil
	}
	words := map[string]string{}
	for line := range strings.Lines(chinese) {
		if english, translated, ok := strings.Cut(strings.TrimSpace(line), " = "); ok {
			words[english] = translated
		}
	}
	return words
}

const chinese = `
Data set = 数据集
Check = 检查
Benchmark = 性能测试
Deployment = 部署
Verification = 校验
Skip to the content = 跳到正文
Contents = 目录
Figures of the chart = 图表数据
Made by milvus-ingest. This page needs no network, and holds all that it shows. = 由 milvus-ingest 生成。本页面无需联网，所有内容均在文件之内。
Fields = 字段
Vectors = 向量
Rows = 行
Files = 文件
Problems = 问题
Errors = 错误
Warnings = 警告
Thresholds = 阈值
Throughput and recall = 吞吐量与召回率
Latency = 延迟
Runs = 各次运行
Steps = 步骤
Size = 大小
Seed = 随机种子
Without a value = 空值
No problem found = 未发现问题
All thresholds met = 全部达标
Live = 已上线
Not live = 未上线
Equal = 一致
Different = 不同值
Null = 空值
Empty = 空字符串
Least = 最小
Mean = 平均
Largest = 最大
Median = 中位数
Elements = 元素个数
Bytes = 字节
Norms = 模长
Of length 1 = 单位长度
Zero vectors = 零向量
Bits that are 1 = 为 1 的位
Largest index = 最大下标
Stored = 存储
From = 起
To = 止
Keys = 键
Variance in the map = 图中方差占比
Layout = 文件布局
Size of columns = 各列大小
File = 文件
Format = 格式
Row groups = 行组
Compression = 压缩
Field = 字段
Value = 值
Points = 点数
Mean x = 平均 x
Mean y = 平均 y
Series = 序列
Threshold = 阈值
Outcome = 结果
Missed by = 未达标
Searches a second = 每秒查询数
Searches/s = 查询/秒
Failed searches = 失败查询
Failed = 失败
Searches = 查询数
Recall = 召回率
Run = 运行
Max = 最大
What failed = 失败原因
Client's CPU a search = 客户端每次查询 CPU
New version = 新版本
Before = 之前
Took = 耗时
Time of the steps = 各步骤耗时
done = 完成
failed = 失败
begun = 已开始
error = 错误
warning = 警告
note = 提示
primary key = 主键
partition key = 分区键
clustering key = 聚簇键
nullable = 可为空
dynamic fields = 动态字段
dashed: before = 虚线：之前
share = 占比
now = 现在
before = 之前
bytes = 字节
elements = 元素个数
entries = 非零项数
searches at a time = 并发查询数
other = 其他
null = 空
Dark = 深色
Light = 浅色
Colour by = 着色
row = 行
Nearest rows = 最近邻
Row # = 第 # 行
row # = 第 # 行
# error = # 个错误
# errors = # 个错误
# warning = # 个警告
# warnings = # 个警告
# threshold missed = # 项阈值未达标
# thresholds missed = # 项阈值未达标
# vector = # 个向量字段
# vectors = # 个向量字段
# file, # a row = # 个文件，每行 #
# files, # a row = # 个文件，每行 #
# read = 读取 # 行
# compared = 比对 # 行
of all values = 占全部值
Missing = 缺失
Extra = 多余
Keys twice = 重复主键
Not equal = 不一致
Rows of the data set = 数据集行数
Rows of the collection = 集合行数
Differences = 差异
Method = 方法
How it was compared = 比对方式
Rows were looked up by key and compared field by field. = 按主键查找各行，逐字段比对。
Rows were compared by their content, for the server made their keys. = 主键由服务器生成，故按内容比对各行。
Estimate of the server = 服务器估计
Waited = 等待
Asked for = 要求
Queries = 查询数
Judged = 计入
Found = 找到
passed = 通过
The first differences = 前若干处差异
Rows that differ, by field = 各字段不一致的行数
Lookups of single keys = 单主键查询
Difference = 差异
Key = 主键
Collection = 集合
Place = 位置
Figures are of all # rows; charts are drawn from # of them, the same in every run. = 统计涵盖全部 # 行；图表取自其中固定的 # 行样本。
Figures are of # rows, read in pieces that lie evenly over the data set; charts are drawn from # of them. = 统计取自均匀分布于数据集的 # 行；图表取自其中 # 行。
Each point is a row, placed by the two directions in which the vectors differ most (PCA): what lies together is alike. Below, rows with those nearest to them. = 每个点是一行，按向量差异最大的两个方向（PCA）摆放：彼此靠近者相似。下方列出若干行及其最近邻。
Rows drawn from the data set; long texts are cut. = 从数据集中抽取的行；长文本有截断。
`
