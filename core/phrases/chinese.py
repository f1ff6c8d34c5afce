"""What a Chinese clause is. In: a clause as `core.phrases.masks` leaves it. Out: a `Verdict`.

As in English, an instruction needs two things: it addresses the person (请, 您可以, or a bare verb at the clause's
head), and what it wants done needs a GUI. A clause with a subject of its own ("女孩拖着行李箱", 镜头打开) or a
completed aspect (已, 了) tells of the content.
"""

from __future__ import annotations

import re

from core.phrases.masks import BLANK, PAGE
from core.phrases.rule import Rule
from core.phrases.said import GuiAction
from core.phrases.verdict import CONTENT, Kind, Verdict

_NOT_DONE = r"(?!了|过|好了|着)"
_PLACE = r"""(?:时间[线轴轨]|轨道(?:区|面板)?|预览(?:窗口?|区域?|面板|界面|框)|播放器|编辑器|编辑(?:页面|界面|区)|
    面板|侧边?栏|[左右]侧栏|[左右]边栏|工具栏|菜单栏?|
    选项卡|标签页|画布|工作[台区]|素材库|媒体库|音乐库|资源库|属性栏|检查器|控制台|对话框|弹窗|设置(?:页面?|面板|
    菜单|中)|页面|界面|按钮|图标|滑块|播放头|右上角|左上角|右下角|左下角)"""
_PAGE = r"""(?:账户|帐户|账号|账单|订阅|充值|会员|套餐|个人中心|用户中心|官网|网站|网页|后台|首页|草稿箱?|项目|
    工程|应用|APP|链接|设置|导出|下载|素材|timeline|editor|export)"""
_SIDE = r"""(?:在|从|到|于)?(?:页面|屏幕|编辑器|界面|窗口)?的?(?:最)?(?:左侧|右侧|左边|右边|顶部|底部|上方|下方|
    右上角|左上角|右下角|左下角|右上方|左上方|右下方|左下方|顶端)的?"""

_LEAD = r"""(?:请|您|你|可以|可|需要|需|只需要?|只要|就|便|也|还|都|能够?|现在|接下来|下一步|然后|接着|随后|之后|
    再|最后|首先|先|另外|此外|同时|或者?|以及|并且?|和|
    若|如果|直接|随时|自行|手动|建议|推荐|麻烦|记得|别忘了|不要忘记|务必|不妨|试试|试着|尝试|轻松|方便地?|即可|
    通过|使用鼠标|用鼠标|鼠标|要|想|如需|完成后|是否|
    第[一二三四五]步|步骤[一二三四五\d]|必须|应该?|而|但|不过|我们?建议您?|我们?推荐您?|来|:|：|\s)"""
_WHERE = rf"""(?:(?:在|从|到|去|于)[^，。；：在从]{{0,16}}?(?:中|里|内|上|下|处|角|侧|方|区|栏|面板|页面|后|
    时)的?|{_SIDE}(?:[^，。；：]{{0,6}}?(?:中|里|内|上)的?)?)"""
_ADDRESSED = rf"(?>{_LEAD})*+(?:{_WHERE}(?>{_LEAD})*+)?"

_CLICK = rf"""(?:点击|单击|双击|点选|轻点|轻触|长按|右键|右击|左键|勾选|点开|点一下|按一下|刷新(?:页面|网页|
    浏览器|界面))(?!声|音|效|率|量|感|流|节奏|器){_NOT_DONE}"""
_TOUCH = rf"点(?=\s*(?:右上|左上|右下|左下|页面|屏幕|顶部|底部|右侧|左侧|导出|下载|播放|预览|保存|「|“|{BLANK}))"
_PRESS = rf"""(?:按下|按|选择|选中|选取|找到|使用|用|利用|切换|启用|勾选){_NOT_DONE}[^，。；]{{0,20}}?(?:按钮|
    按键|播放键|空格键?|回车键?|Delete\s?键?|图标|选项卡?|标签页?|菜单|面板|工具栏|滑块|快捷键|时间[线轴]上|
    轨道上的)"""
_OPEN = rf"""(?:(?:打开|前往|进入|跳转[到至]?|切换[到至]|转到|返回|回到|访问|展开|登[录入]|去|到|
    浏览){_NOT_DONE}[^，。；]{{0,16}}?(?:{_PLACE}|{_PAGE}|{PAGE})|(?:前往|跳转[到至]|切换[到至]){BLANK})"""
_THING = rf"""(?:素材|片段|视频|音乐|音频|标题|字幕|时间[线轴]|轨道|文件|图片|照片|滑块|播放头|边缘|手柄|它|文字|
    文本|转场|图层|贴纸|clip|{BLANK}|两端|画布)"""
_DRAG = rf"""(?:(?:将|把)[^，。；]{{0,24}}?{_THING}[^，。；]{{0,12}}?(?:拖|移动到时间)|(?:将|
    把)[^，。；]{{0,24}}?拖[^，。；着]{{0,16}}?{_THING}|
    (?:拖拽|拖动|拖放|拖曳|拖移|拖到|拖至|拖入|拖进|拉动|拖){_NOT_DONE}(?!沓|延|把|车|鞋|拉机|尾|慢|长))"""
_VIEW = r"(?:预览|查看|播放|观看|检查|看|试听|回放|浏览|确认|找到|核对)"
_WORK = rf"""(?:{_VIEW}|调整|编辑|修改|微调|剪辑|操作|更改|设置|替换|删除|裁剪|移动|更换|管理|拖|选择|选中|选取|
    点选|上传|试听|调节|继续|重新|完成)"""
_AT_PLACE = rf"""(?:在[^，。；]{{0,16}}?{_PLACE}(?:中|里|内|上|下|处|的)?[^，。；]{{0,16}}?{_WORK}{_NOT_DONE}|
    {_VIEW}{_NOT_DONE}[^，。；]{{0,12}}?(?:时间[线轴]|预览窗口?|面板|编辑器|{PAGE})|(?:通过|使用|用|
    从){_NOT_DONE}[^，。；]{{0,16}}?{_PLACE})"""
_TAKE = r"""(?:导出|下载|渲染导出|保存到(?:本地|手机|电脑|相册))(?!过|完成|成功|失败|格式|设置|质量|参数|分辨率|
    时间|进度|好|链接)"""
_PAY = r"""(?:查看|前往|检查|登[录入]|打开|进入|去|到|充值|升级|购买|续费|开通|管理|查询)(?!了|
    过)[^，。；]{0,10}?(?:账户|帐户|账号|账单|订阅|充值|会员|套餐|积分|余额|个人中心|付费|额度)"""
_TOP_UP = r"(?:充值|续费|升级(?!版|了))"
_GUI = rf"(?:{_CLICK}|{_TOUCH}|{_DRAG}|{_PRESS}|{_PAY}|{_OPEN}|{_AT_PLACE})"

_OWN = Rule(r"(?:现在|同时|另外|然后|接下来|接着|最后|并且?|那么|好的|,|\s)*+(?:我们?|系统已|小助手)(?!建议|推荐)")
_UNABLE = Rule(
    r"""(?:.{0,10}?)我们?(?:暂时|目前|这边)?(?:无法|不能|没法|没有办法)(?:直接)?(?:为|帮|替)?(?:您|
    你)?(?:直接)?(?:导出|下载|点击|操作|预览|打开|渲染)"""
)
_TALK = Rule(
    rf"""(?>{_LEAD})*+(?:告诉我|跟我说|和我说|对我说|告知我?|回复|发送?给我|说{BLANK}|输入{BLANK}|描述|让我知道|
    联系我|吩咐)"""
)
_INSTRUCTION = Rule(
    rf"""{_ADDRESSED}(?:{_GUI}|(?<=[以可请接时在能需要即建先再后，或并者]){_TAKE}|(?<=[以可请接时能]){_VIEW}(?=$|
    一下|效果|视频|成片|整体|画面|结果|它|最终|您|你|生成|并|和|或|了|,)|(?<=[以可请接需要往]){_TOP_UP})"""
)
_TAKE_FIRST = Rule(
    r"""(?:然后|接着|最后|并|再|或|或者|,|\s)*(?:导出|下载)(?:视频|成片|文件|它|您的|你的|高清|到本地|即可|MP4|
    最终|$)(?!.{0,12}(?:完成|成功|失败|中|：|:|为))"""
)
_SIDE_PANEL = Rule(
    rf"""(?>{_LEAD})*+{_SIDE}(?:侧?边?栏(?!杆|目)|面板|菜单|工具栏|[^，。；]{{0,6}}?(?:面板|列表|按钮|图标|选项卡|素材库|
    菜单|工具栏))|(?>{_LEAD})*+在?[左右]侧栏(?!杆|目)"""
)
_BUTTON = Rule(r"(?:导出|下载)\s*(?:按钮|图标|菜单|面板|页面|选项)")
_ABLE = Rule(
    rf"""(?![^，。；]{{0,12}}?(?:已|了|我))[^，。；]{{0,14}}?(?:可以?|能够?|支持)(?:直接|随时|自由|手动|自行|再|
    继续|也|通过|\s)*+(?:{_CLICK}|{_DRAG}|{_AT_PLACE}|{_PRESS}|在[^，。；]{{0,12}}?{_PLACE})"""
)
_SUBORDINATE = Rule(
    r"""(?:(?:如果|如|若|要是|当|等(?!待)|待|想要?|需要|为了|要|一旦|至于|关于|确认|以便|方便|供|以供|不满意|
    满意)(?!.{0,30}?(?:我已|我会|我将))[^。]{0,60}$)|
    [^我已]{1,30}(?:的话|后|之后|以后|时|前|之前|无误|没问题)\s*$"""
)
_INTERJECTION = Rule(
    r"""(?:好的?|好了|抱歉|很抱歉|对不起|不好意思|太好了|太棒了|完成|搞定|现在|接下来|下一步|最后|首先|其次|另外|
    此外|同时|然后|温馨提示|小?提示|注意|小贴士|操作步骤|步骤[一二三四五\d]{0,2}|第[一二三四五]步|
    您可以|你可以|您也可以|你也可以|请|请按以下步骤.*|按照?(?:以下|如下).*步骤.*|(?:以下|
    如下)(?:是)?.{0,6}(?:步骤|方法|方式).{0,4}|(?:导出|下载|预览|编辑|操作)(?:视频)?(?:的)?(?:步骤|方法|
    方式)(?:如下)?|
    如何.{1,10}|怎么.{1,10}|接下来(?:您|你)(?:可以|可)|后续(?:步骤|操作)|[\s！!~～。])++"""
)
_THEN = Rule(
    rf"""(?>{_LEAD})*+(?:{_WHERE})?(?>{_LEAD})*+(?:选择|设置|设定|确认|等待|等|看看|看是否|稍等|输入|调整(?!了)|
    挑选|找到|松开|耐心|以(?!及)|从而|用来|用于|进行|享受|填写|指定|
      (?:系统|视频|文件|下载|浏览器|成片|页面|渲染|导出|它|会|将|保存|下载|导出|预览|查看|播放|编辑|修改|分享|
    替换|删除|释放|放到|放置|拖)(?!了)[^，。；已]{{0,20}}$) |
    (?:就|便|即|就可以|即可|就能|便可|便能|可以|能|来)[^，。；已]{{0,24}}$"""
)
_DANGLING_PAGE = Rule(rf"(?:(?:见|在|于|到|访问|详见|链接)?\s*[:：]?\s*[(（]?){PAGE}+[)）]?")
_STANDS_IN = Rule(
    r"""在(?:页面|界面|编辑器)?(?:的)?(?:左侧|右侧|左边|右边|顶部|底部|上方|下方)的?(?:[^，。；]{0,6}?)?(?:面板|
    侧边?栏|素材库|媒体库|工具栏|菜单)(?:中|里|内)?"""
)
_ASKS_READINESS = Rule(r"(?:您|你)?(?:是否)?(?:想要?|需要|准备好|要|满意|不满意)")
_CLICKS = Rule(rf"(?:{_CLICK}|{_DRAG})")
_EMBEDDED = Rule(
    rf"""(?:就|便|可以?|请|则|即可|，|\s|视频|音乐)(?:您|你|直接|随时|再|可以?|在\S{{0,10}}?)*+(?:{_CLICK}|
    拖[拽动]|打开|前往|(?<=[就可以请接]){_TAKE})"""
)
_WORDS = re.compile(r"\w")

_EXPORTS = Rule(r"导出|下载|保存到|export|download|渲染|分享")
_PAYS = Rule(
    r"账户|帐户|账号|账单|订阅|充值|会员|套餐|积分|余额|个人中心|付费|额度|续费|升级|购买|登录|billing|account"
)
_DRAGS = Rule(r"拖|右键|右击|拉动")
_LOOKS = Rule(r"预览|查看|播放|观看|检查|看|试听|回放|浏览")
_EDITS = Rule(
    r"""编辑|调整|修改|更改|剪|删除|裁|移动|替换|更换|设置|撤销|生成|添加|变速|调节|分割|应用|滑块|双击|上传|导入|
    微调|静音|重命名|操作|恢复|换"""
)
_FIRST_VERB = Rule(rf"{_ADDRESSED}(?:{_VIEW}|在[^，。；]{{0,16}}?{_PLACE}(?:中|里|内|上)?[^，。；]{{0,6}}?{_VIEW})")


def judge(clause: str, *, asked: bool, announced: bool) -> Verdict:
    """`asked`: the sentence is a question. `announced`: the agent's own announcement goes on, see `Verdict`."""
    clause = clause.strip()
    if not _WORDS.search(clause) and PAGE not in clause and BLANK not in clause:
        return Verdict(Kind.BEFORE)
    if _TALK.match(clause):
        return CONTENT
    if _OWN.match(clause):
        if _UNABLE.match(clause):
            return Verdict(Kind.INSTRUCTION, GuiAction.EXPORT) if _EXPORTS.search(clause) else Verdict(Kind.BEFORE)
        return CONTENT
    if asked and not _CLICKS.search(clause):
        return CONTENT
    if _is_instruction(clause):
        return Verdict(Kind.INSTRUCTION, _named_action(clause))
    if _INTERJECTION.fullmatch(clause) or _SUBORDINATE.match(clause):
        return Verdict(Kind.BEFORE, _named_action(clause))
    if _THEN.match(clause):
        named = _named_action(clause)
        return Verdict(Kind.AFTER, named if named in (GuiAction.EXPORT, GuiAction.CREDITS) else None)
    return CONTENT


def _is_instruction(clause: str) -> bool:
    if _SUBORDINATE.match(clause):
        return _EMBEDDED.search(clause) is not None
    return (
        any(rule.match(clause) for rule in (_INSTRUCTION, _TAKE_FIRST, _SIDE_PANEL, _ABLE))
        or _BUTTON.search(clause) is not None
        or clause.strip(PAGE) == ""
    )


def tails(clause: str) -> list[tuple[int, int, GuiAction]]:
    """Parts of a content clause that lead to a GUI."""
    found = [(*match.span(), action_of(match[0])) for match in _DANGLING_PAGE.finditer(clause)]
    if not _OWN.match(clause):
        found.extend((*match.span(), GuiAction.STATE) for match in _STANDS_IN.finditer(clause))
    return sorted(found)


def unmistakable(clause: str) -> bool:
    """An instruction even where it only goes on a sentence about something else; where Chinese breaks, it always is."""
    return bool(clause)


def asks_readiness(sentence: str) -> bool:
    """A question that only leads up to an instruction: 想看看效果吗？"""
    return _ASKS_READINESS.match(sentence.strip()) is not None


def action_of(clause: str) -> GuiAction:
    return _named_action(clause) or GuiAction.STATE


def _named_action(clause: str) -> GuiAction | None:
    if _DRAGS.search(clause):
        return GuiAction.EDIT
    if _BUTTON.search(clause):
        return GuiAction.EXPORT
    if _FIRST_VERB.match(clause) and not _PAYS.search(clause):
        return GuiAction.STATE
    for rule, action in (
        (_EXPORTS, GuiAction.EXPORT),
        (_PAYS, GuiAction.CREDITS),
        (_LOOKS, GuiAction.STATE),
        (_EDITS, GuiAction.EDIT),
    ):
        if rule.search(clause):
            return action
    return None
