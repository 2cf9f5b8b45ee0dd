"""Handfuls of the banks and branches behind the selects of section 5.4: (code, name)."""

from __future__ import annotations

from collections.abc import Mapping

from simulators.wise.recipient_types import Choices

JAPAN: Choices = (
    ("0001", "Mizuho Bank"),
    ("0005", "MUFG Bank"),
    ("0009", "Sumitomo Mitsui Banking Corporation"),
    ("0010", "Resona Bank"),
    ("0033", "PayPay Bank"),
    ("0036", "Rakuten Bank"),
    ("0482", "Sagami Credit Cooperative"),
    ("7316", "Kinokuni Agricultural Cooperative"),
    ("9900", "Japan Post Bank"),
)
_JAPANESE_BRANCHES: Choices = (
    ("001", "Head Office"),
    ("002", "Marunouchi"),
    ("005", "Marunouchi Chuo"),
    ("010", "Nihonbashi"),
    ("015", "Osaka Main Office"),
    ("020", "Kobe"),
    ("101", "Ginza"),
    ("110", "Tokyo Main Office"),
    ("200", "Nagoya"),
    ("210", "Shibuya"),
    ("218", "Shinjuku"),
    ("300", "Yokohama"),
    ("401", "Sendai"),
    ("502", "Kyoto"),
    ("667", "Fukuoka"),
    ("813", "Sapporo"),
)
JAPANESE_BRANCHES: Mapping[str, Choices] = {code: _JAPANESE_BRANCHES for code, _ in JAPAN}

SINGAPORE: Choices = (
    ("7171", "DBS Bank / POSB"),
    ("7339", "OCBC Bank"),
    ("7375", "United Overseas Bank"),
    ("7232", "HSBC"),
    ("7931", "Deutsche Bank"),
    ("ABNC", "ABN AMRO"),
)
HONG_KONG: Choices = (
    ("004", "HSBC"),
    ("016", "DBS Bank"),
    ("024", "Hang Seng Bank"),
    ("307", "Banco Santander"),
    ("552", "Aareal Bank"),
)
SOUTH_AFRICA: Choices = (
    ("ABSAZAJJ", "Absa Bank"),
    ("AFRCZAJJ", "African Bank"),
    ("FIRNZAJJ", "First National Bank"),
    ("SBZAZAJJ", "Standard Bank"),
    ("NEDSZAJJ", "Nedbank"),
    ("CABLZAJJ", "Capitec Bank"),
)
THAILAND: Choices = (
    ("002", "Bangkok Bank"),
    ("004", "Kasikornbank"),
    ("014", "Siam Commercial Bank"),
    ("025", "Krungthai Bank"),
    ("045", "Government Housing Bank"),
)
NIGERIA: Choices = (
    ("011", "First Bank"),
    ("033", "United Bank for Africa"),
    ("044", "Access Bank"),
    ("057", "Zenith Bank"),
    ("058", "Guaranty Trust Bank"),
    ("063", "Diamond Bank"),
)
PHILIPPINES: Choices = (("BDO", "BDO"), ("BPI", "BPI"), ("MBTC", "Metrobank"), ("LBP", "Landbank"), ("ANZ", "ANZ"))
INDONESIA: Choices = (("140397", "BCA"), ("80017", "Mandiri"), ("20307", "BRI"), ("90010", "BNI"))
SOUTH_KOREA: Choices = (
    ("KUKMIN_004", "Kookmin Bank"),
    ("SHINHAN_088", "Shinhan Bank"),
    ("WOORI_020", "Woori Bank"),
    ("BUSAN_032", "Busan Bank"),
)
BRAZIL: Choices = (("341", "Itaú"), ("237", "Bradesco"), ("033", "Santander"), ("260", "Nu"), ("243", "Banco Master"))
MALAYSIA: Choices = (("MBBEMYKL", "Maybank"), ("CIBBMYKL", "CIMB"), ("RHBBMYKL", "RHB"), ("PHBMMYKL", "Affin Bank"))
VIETNAM: Choices = (
    ("BFTVVNVX", "Vietcombank"),
    ("VTCBVNVX", "Techcombank"),
    ("BIDVVNVX", "BIDV"),
    ("ICBVVNVX", "VietinBank"),
    ("ABBKVNVX", "An Binh Bank"),
)
