export const warnings = {
  sampling_rate_assumed: {
    text: '该记录未注明采样率。已假定为 {{rate}} Hz，所有时间和频段均以此为准。请设置采样率。',
    counter:
      '该记录未注明采样率，其时间列每次加 1，与样本序号相同。已假定为 {{rate}} Hz，所有时间和频段均以此为准。请设置采样率。',
    emotiv:
      '该记录未注明采样率。已假定为 {{rate}} Hz，所有时间和频段均以此为准。其通道与 Emotiv EPOC 一致，该设备的采样率为 {{suggested}} Hz。请设置采样率。',
  },
  sampling_rate_conflict: {
    request_file:
      '请求中的采样率为 {{used}} Hz，文件中为 {{other}} Hz。已采用 {{used}} Hz，所有时间和频段均以此为准。',
    request_clock:
      '请求中的采样率为 {{used}} Hz，按时间戳推算为 {{other}} Hz。已采用 {{used}} Hz，所有时间和频段均以此为准。',
    file_clock:
      '文件中的采样率为 {{used}} Hz，按其时间戳推算为 {{other}} Hz。已采用 {{used}} Hz，所有时间和频段均以此为准。',
  },
  clock_unusable: {
    few: '时间列无法使用：不同的时间戳太少（{{stamps}} 个）。',
    unordered: '时间列无法使用：时间戳频繁倒退或跳变。',
    unknown_unit: '时间列无法使用：时间戳平均间隔为 {{step}}，单位未知。',
    no_rate: '时间列无法使用：时间戳平均间隔为 {{step}}，相当于 {{rate}} Hz。',
  },
  recording_gap: {
    clock_other:
      '时间戳有 {{count}} 处跳变，第一处在样本 {{sample}} 之前，跳变 {{seconds}} 秒。各段已拼接，跨越拼接处的窗口混有两段数据。',
    records:
      '文件头注明记录是连续的，但第 {{record}} 个数据块始于 {{start}} 秒，而前一块止于 {{end}} 秒。各段已拼接，跨越拼接处的窗口混有两段数据。',
  },
  recording_cut: {
    line: '文件的最后一行（第 {{line}} 行）不完整，已忽略。',
    records:
      '{{format}} 文件被截断：文件头注明 {{stated}} 个数据块，实际读取了 {{found}} 个完整的数据块。',
  },
  samples_missing: {
    text_other: '缺少 {{count}} 个值，已用相邻样本线性插值补上；缺失较多的窗口计为伪迹。',
  },
  header_mismatch: {
    records:
      '{{format}} 文件头注明 {{stated}} 个数据块，文件中有 {{found}} 个。已读取全部 {{found}} 个。',
    size: '{{format}} 文件头注明的长度为 {{stated}} 字节，而 {{signals}} 个信号需要 {{found}} 字节。数据从第 {{found}} 字节开始读取。',
    sixteen_bit: '文件头为 BDF（24 位），但文件大小和数字量范围符合 16 位样本。已按 16 位读取。',
    inverted: '{{names}} 的数字量最小值大于最大值。已按原样读取，极性相反。',
  },
  unit_assumed: {
    text: '文件未注明数值的单位。已假定为微伏；请将单位设为 uV、mV、V 或 nV。',
  },
  unit_conflict: {
    text: '请求中的单位为 {{used}}，文件中为 {{other}}。已采用 {{used}}。',
  },
  amplitude_implausible: {
    text: '{{names}}：{{amplitude}} uV 的幅度不符合头皮脑电（{{min}} 到 {{max}} uV）。请检查数值的单位，并将单位设为 uV、mV、V 或 nV。',
  },
  channels_unnamed: {
    labels_other: '没有以电极命名的通道。已将 {{names}} 作为脑电分析。请将通道名称设为对应的电极。',
    position_other: '通道没有名称。已将 {{names}} 作为脑电分析。请将通道名称设为对应的电极。',
    format_other:
      '文件没有表头，各列已按 OpenBCI 或 BrainFlow 的格式解读。已将 {{names}} 作为脑电分析。请将通道名称设为对应的电极。',
  },
  channels_unknown: {
    text_other:
      '{{names}} 不是已知的电极或传感器，未参与分析。如果是脑电，请在通道名称中填写对应的电极。',
  },
  channel_duplicate: {
    text_other: '{{names}} 与记录中已有的通道重复，未参与分析。同名通道只分析第一个。',
  },
  channel_dead: {
    flat_other: '{{names}} 没有信号，未参与分析。',
    no_scale_other: '{{names}} 在文件头中的量程为空，未参与分析。',
  },
  classes_unverified: {
    text_other:
      '未设置 labels，输出“{{tensor}}”按 {{count}} 个类别读取。请设置 labels，或用 output.classes: {{count}} 确认类别数。',
  },
  activation_unverified: {
    text: '输出“{{tensor}}”在应用 {{activation}} 之前的值为 0 到 1。如果这些值已是概率，请设置 output.activation: none。',
  },
}
