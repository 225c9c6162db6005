#!/usr/bin/env python3
"""数据质量验证脚本"""

import pandas as pd
import json
from pathlib import Path
import sys

def validate_knowledge_base_data(data_dir):
    """验证知识库数据质量"""
    data_path = Path(data_dir)

    # 读取数据
    parquet_file = data_path / "data.parquet"
    meta_file = data_path / "meta.json"

    if not parquet_file.exists():
        print("❌ 数据文件不存在")
        return False

    df = pd.read_parquet(parquet_file)

    with open(meta_file) as f:
        meta = json.load(f)

    print(f"📊 数据集统计:")
    print(f"  - 总行数: {len(df):,}")
    print(f"  - 字段数: {len(df.columns)}")
    print(f"  - 文件大小: {parquet_file.stat().st_size / 1024 / 1024:.1f} MB")

    # 基础验证
    issues = []

    # 检查主键唯一性
    if df['doc_id'].duplicated().any():
        issues.append("❌ 主键存在重复")
    else:
        print("✅ 主键唯一性检查通过")

    # 检查必填字段
    required_fields = ['question', 'answer', 'category']
    for field in required_fields:
        if df[field].isnull().any():
            issues.append(f"❌ 字段 {field} 存在空值")
        else:
            print(f"✅ 字段 {field} 完整性检查通过")

    # 检查向量维度
    vector_fields = ['question_embedding', 'answer_embedding']
    for field in vector_fields:
        sample_vector = df[field].iloc[0]
        if len(sample_vector) != 768:
            issues.append(f"❌ 向量字段 {field} 维度错误: {len(sample_vector)}")
        else:
            print(f"✅ 向量字段 {field} 维度正确: 768")

    # 检查分类分布
    category_dist = df['category'].value_counts()
    print(f"\n📈 分类分布:")
    for category, count in category_dist.head(10).items():
        print(f"  - {category}: {count} ({count/len(df)*100:.1f}%)")

    # 检查语言分布
    lang_dist = df['language'].value_counts()
    print(f"\n🌍 语言分布:")
    for lang, count in lang_dist.items():
        print(f"  - {lang}: {count} ({count/len(df)*100:.1f}%)")

    if issues:
        print(f"\n⚠️  发现 {len(issues)} 个问题:")
        for issue in issues:
            print(f"  {issue}")
        return False
    else:
        print(f"\n✅ 数据质量验证通过!")
        return True

if __name__ == "__main__":
    if len(sys.argv) != 2:
        print("用法: python validate_data.py <data_directory>")
        sys.exit(1)

    success = validate_knowledge_base_data(sys.argv[1])
    sys.exit(0 if success else 1)
