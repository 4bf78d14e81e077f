"""Names in old encodings are read as they were written, alone or with the others of an archive."""

import random

import pytest

from stylegan_core.data.old_names import encoding_of

NAMES = {
    "gbk": (
        "图片 照片 素材 截图 头像 风景 人物 动物 花草 建筑 美女 帅哥 婚礼 壁纸 狗狗 猫猫 鲜花 "
        "汽车 食物 衣服 鞋子 新建文件夹 我的照片 微信图片 训练集 测试集 未命名 副本 毕业照 "
        "全家福 老虎 狮子 红色 蓝色 春天 秋天 动漫头像"
    ),
    "big5": (
        "圖片 照片 素材 截圖 頭像 風景 人物 動物 花草 建築 美女 婚禮 桌布 狗狗 貓咪 汽車 食物 "
        "衣服 鞋子 新增資料夾 我的照片 訓練集 測試集 未命名 副本 畢業照 全家福 老虎 獅子 紅色 "
        "藍色 春天 秋天 台北 旅遊 螢幕擷取畫面"
    ),
    "cp932": (
        "写真 画像 素材 風景 人物 動物 花 犬 猫 ねこ いぬ 建物 美女 結婚式 壁紙 車 食べ物 服 "
        "新しいフォルダー スクリーンショット マイピクチャ 学習用 テスト 無題 コピー 卒業 家族 "
        "虎 赤 青 春 秋 アニメ 表示 予定表 ソース 能力 十"
    ),
    "cp949": (
        "사진 그림 소재 풍경 인물 동물 꽃 강아지 고양이 건물 결혼식 배경화면 자동차 음식 옷 "
        "신발 새 폴더 스크린샷 내 사진 훈련 테스트 제목 없음 복사본 졸업 가족 호랑이 사자 "
        "빨강 파랑 봄 가을 만화 얼굴 여행 학교 남자 여자"
    ),
    "cp866": (
        "фото картинки рисунки коты собаки кошка природа люди животные цветы дома Машины Еда "
        "Одежда Новая_папка Скриншоты Мои фотографии тест Без имени копия семья тигр красный "
        "весна ЛЕТО лица"
    ),
    "cp1251": (
        "фото картинки рисунки коты собаки кошка природа люди животные цветы дома Машины Еда "
        "Одежда Новая_папка Скриншоты Мои фотографии тест Без имени копия семья тигр красный "
        "весна ЛЕТО лица"
    ),
    "cp437": (
        "été forêt fenêtre noël élève Straße Übung Mädchen Vögel Hündin Frühling Männer größe "
        "niño montaña pequeño otoño corazón jardín árbol música garçon crème fête Zürich Köln "
        "Größe"
    ),
    "cp850": (
        "São João Élèves coração irmão verão não Ação leões Århus blåbær skærm Øl fjørd "
        "Ísland Águas Étoile Être Çelik mãe pães balões cães ladrão"
    ),
    "cp1252": (
        "été forêt noël élève Straße Übung Mädchen Vögel Frühling niño montaña otoño corazón "
        "jardín árbol música garçon São João coração mãe œuvre cœur Århus skærm"
    ),
    "utf-8": ("图片 猫 写真 ねこ 사진 фото été Größe صور תמונות รูปภาพ φωτογραφίες cafe\u0301 😀😀"),
}
CASES = [(encoding, name) for encoding, names in NAMES.items() for name in names.split()]

AMBIGUOUS = {
    ("gbk", "全家福"): "홍소르",
    ("big5", "桌布"): "орем",
    ("cp866", "ЛЕТО"): "球虫",
    ("cp850", "Élèves"): "人革es",
    ("cp850", "leões"): "leäes",
    ("cp850", "Ísland"): "Ösland",
    ("cp850", "balões"): "baläes",
    ("cp1252", "árbol"): "ßrbol",
}
"""Names that would be as likely in another encoding if nothing else were in the archive."""


def read_as(names: list[str], encoding: str) -> list[str]:
    """Return what becomes of names that an old program wrote in an encoding."""
    written = [name.encode(encoding) for name in names]
    found = encoding_of(written)
    return [name.decode(found, "replace") for name in written]


@pytest.mark.parametrize("encoding", NAMES)
def test_the_names_of_an_archive_are_read_as_written(encoding: str) -> None:
    names = NAMES[encoding].split()
    assert read_as(names, encoding) == names
    numbered = [f"{name}/{name} ({k}).png" for name in names for k in range(3)]
    assert read_as(numbered, encoding) == numbered


@pytest.mark.parametrize("encoding", NAMES)
def test_any_three_names_are_enough(encoding: str) -> None:
    chance = random.Random(3)
    names = [name for name in NAMES[encoding].split() if len(name) > 1]
    for _ in range(200):
        chosen = chance.sample(names, 3)
        assert read_as(chosen, encoding) == chosen


@pytest.mark.parametrize(("encoding", "name"), [case for case in CASES if len(case[1]) > 1])
def test_a_name_alone_is_read_as_written_unless_it_is_ambiguous(encoding: str, name: str) -> None:
    assert read_as([name], encoding) == [AMBIGUOUS.get((encoding, name), name)]


def test_names_of_ascii_and_no_names_need_no_guess() -> None:
    assert b"a/b.png".decode(encoding_of([b"a/b.png"])) == "a/b.png"
    assert b"a".decode(encoding_of([])) == "a"


def test_a_word_in_another_encoding_does_not_decide() -> None:
    names = [name.encode("gbk") for name in NAMES["gbk"].split()]
    assert encoding_of([*names, b"\xff\xff\xff", "été".encode("cp437")]) == "gbk"


def test_numbered_names_and_endless_ones_weigh_no_more_than_others() -> None:
    many = [f"图片{k}".encode("gbk") for k in range(10**5)]
    others = [name.encode("gbk") for name in NAMES["gbk"].split()]
    assert encoding_of([*many, *others, "фото".encode("cp866") * 10**6]) == "gbk"
