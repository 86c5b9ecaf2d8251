"""Texts of three themes that a test makes up, in scripts without spaces."""

from __future__ import annotations

import numpy as np

CHINESE = (
    "足球 比赛 球队 进球 教练 联赛冠军 守门员 世界杯 高尔夫 篮球",
    "股票 市场 银行 利润 投资者 通货膨胀 央行 利率 证券交易所 基金",
    "电影 导演 演员 票房 奥斯卡 纪录片 剧本 影院 女主角 音乐会",
)
THAI = (
    "ฟุตบอล การแข่งขัน ผู้รักษาประตู ทีม โค้ช ประตู",
    "หุ้น ธนาคาร ตลาด กำไร นักลงทุน ดอกเบี้ย",
    "ภาพยนตร์ ผู้กำกับ นักแสดง โรงหนัง รางวัล บทละคร",
)
JAPANESE = (
    "サッカー 試合 監督 ゴール 優勝 選手",
    "株式 市場 銀行 利益 投資家 インフレ",
    "映画 俳優 脚本 オスカー 女優 コンサート",
)
COMMON = {
    CHINESE: "今天 昨天 我们 他们 认为 开始 非常 已经 可能 因为 的 了 在 和 是 很 也 都",
    THAI: "วันนี้ เมื่อวาน พวกเรา และ เป็น ที่ มาก แล้ว ใน ของ",
    JAPANESE: "今日 昨日 私たち 彼ら とても は が を の に で",
}


def texts_of(themes: tuple[str, ...], rows: int, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """Return texts without spaces, half of whose words are of their theme, and the themes."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, len(themes), rows)
    texts = []
    for label in labels:
        words = [
            rng.choice((themes[label] if rng.random() < 0.5 else COMMON[themes]).split())
            for _ in range(rng.integers(7, 12))
        ]
        texts.append("".join(words) + "。")
    return texts, labels
