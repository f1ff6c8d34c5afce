"""Words that ask for nothing, in English and Chinese: courtesy, "make", "video", "smooth". Data, no rules.

What `leftover` finds of a prompt is matched against them; separated by blanks, as `read` leaves a text.
"""

from __future__ import annotations

ENGLISH = """
    a about across actually ad add added after again all almost along aloud already also always am amazing an and
    animated animating animation another any anymore anything apply are around as aspect at away awesome back based
    basically be beautiful beautifully because been before being best between bit both bring bro buddy but by camera
    can can't cant captivating change changes cinematic clip clips continue convert converted cool could couldn't
    create created creating currently cute d dear definitely did do does doing don't done dont download dramatic
    dramatically drawing duration dynamic each easy edit edited either elegant elegantly else engaging enough even
    every everything exactly export exported facebook fast feel file files final fine first for format fps frame
    from full fun generate generated gentle gently get gets getting give given go goes going gonna good gorgeous got
    great had happen has have having hd hello her here here's hey hi him his hm hmm hold how i i'd i'll i'm i've
    ideally if image images in instead interesting into is isn't it it's its jpeg jpg just keep kind kindly know
    landscape last length let let's like literally little ll long look looks lot lovely m made make makes making
    mate maybe me mean media minute minutes mode more most motion move moves movie moving mp4 much must my nah
    natural naturally need needs new nice nicely nicer no nope not now of off oh ok okay on once one ones only onto
    or original other others our output over own painting part perfect perhaps photo photograph photographs photos
    pic pics picture pictures piece pleasant please pls plz png portrait possible post preferably pretty produce
    professional put quality quick quickly quite rather ratio re reading reads ready real really remaining render
    rest result s said same saving say saying says screen sec second seconds secs see selfie send set shape share
    sharing short shot shots should show shows simple simply since single size slide slides slideshow slightly slow
    slowly smooth smoothly snapshot so social soft softly some somehow something sorry speed start static status
    stay stays steady still stills stories story stuff stunning subtle subtly such sure t take takes than thank
    thanks that that's thats the their them then there these they thing things this those though through thx till
    time times titled to too total transform try turn turned turning tyvm u ugh uh um until up upload uploaded ur us
    use used using ve version very vid video videos vids view visible w want wanted wants was way we well were what
    whatsapp when where which while whole will wish with within without wonderful work would wow write written yeah
    yep yes yet you your yours youtube
"""

CHINESE = """
    上 下 不 与 个 中 为 也 了 些 亲 仅 从 他 以 会 但 你 使 做 先 共 再 写 出 到 加 动 去 及 发 变 只 叫
    可 后 才 吗 吧 呀 呢 和 哈 哦 啊 嗨 嗯 嘛 图 在 地 多 太 套 她 好 它 对 将 少 就 带 帮 幅 并 弄 张 很 得
    您 想 成 我 或 把 按 换 搞 改 放 新 是 更 最 有 条 来 段 每 没 点 照 版 用 的 看 着 秒 移 稍 第 约 组
    给 老 能 行 要 让 试 说 请 调 谢 跟 过 还 这 那 都 里 长 一下 一个 一些 一共 一张 一条 一样 一段 一点 一起
    上次 上面 下来 下载 不变 不过 个人 之前 之后 些许 什么 以及 以后 但是 你们 你好 使用 保存 保持 做成 全部 关于 其他
    其余 写着 出来 出现 分享 分钟 刚刚 刚才 制作 制成 剩下 剪辑 加上 加个 加入 动态 动感 动画 原图 原来 发到 发布 发我
    发送 变为 变得 变成 另外 只要 可以 合成 同时 呈现 哈哈 哈喽 图像 图片 多谢 大小 大概 大约 好吗 好的 好看 如何 它们
    对于 导出 尺寸 展示 左右 希望 带有 帮忙 帮我 平滑 并且 应该 开始 弄成 形式 影片 怎么 总共 您好 想要 感觉 感谢 慢慢
    我们 我想 我的 我要 所有 手机 把它 拼成 按照 换成 接着 搞成 改为 改成 放到 放在 效果 整个 整体 方式 时长 时间 显示
    最后 来个 来段 柔和 根据 格式 模式 每个 每张 比例 比较 没有 流畅 添加 漂亮 然后 然而 照片 片子 版本 现在 生成 用于
    电影 画质 画面 直接 相片 看看 短片 秒钟 移动 稍微 立刻 结束 给我 缓慢 老师 自然 行吗 视频 让它 设为 设成 设置 试试
    请你 请将 请把 调成 调整 谢了 谢谢 起来 转为 转成 轻微 轻轻 输出 运动 还有 这个 这么 这些 这幅 这张 这样 连成 适合
    那个 那么 那些 那张 采用 里面 镜头 长度 需要 静态 非常 风格 马上 高清 麻烦 一点点 制作成 发给我 可以吗 小视频 慢慢地
    我想要 朋友圈 来一个 电影感 短视频 能不能 设置为 调整为 转化为 转化成 转换为 转换成 适用于 麻烦你 一个视频 可不可以
"""
