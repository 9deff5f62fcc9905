/** Why a log-in did not work: whose matter it is, and what to do. Codes as the log-in sends them back. */
export interface LoginProblem {
  title: string;
  text: string;
  /** Whom to turn to: the school's office, the CHSI account page, or nobody. */
  whom: "school" | "chsi" | "retry";
}

export const loginProblems: Record<string, LoginProblem> = {
  not_on_roster: {
    title: "没有找到你的毕业信息",
    text: "学校还没有上传你的信息，或上传有误。请找学校就业部门核对。",
    whom: "school",
  },
  name_differs: {
    title: "学信网账号与学籍不一致",
    text: "姓名或证件号对不上。先看学信网「账号信息」是否正确；那边没错，就请学校就业部门核对学籍。",
    whom: "chsi",
  },
  wechat_taken: {
    title: "这个微信已绑定另一位毕业生",
    text: "一个微信只能绑定一人。请用你自己的微信，或请学校就业部门解除原来的绑定。",
    whom: "school",
  },
  account_taken: {
    title: "你已绑定另一个微信",
    text: "请用原来的微信进入。换了微信，请学校就业部门解除原来的绑定。",
    whom: "school",
  },
  roster_deleted: {
    title: "学校删除了你的毕业信息",
    text: "重新上传后才能进入，已登记的内容会保留备查。请找学校就业部门。",
    whom: "school",
  },
  duplicate: {
    title: "你的信息在名单里出现了不止一次",
    text: "系统分不清哪一条是你。请学校就业部门改正后再登录。",
    whom: "school",
  },
  chsi_failed: {
    title: "学信网没有确认登录",
    text: "可能是取消了，或等得太久。再试一次就好。",
    whom: "retry",
  },
  wechat_failed: {
    title: "微信没有确认登录",
    text: "可能是等得太久，或链接已用过。从公众号菜单再进一次；也可以用学信网账号登录。",
    whom: "retry",
  },
  account_disabled: {
    title: "你的账号已停用",
    text: "想知道原因或要恢复，请找学校就业部门。",
    whom: "school",
  },
  busy: {
    title: "系统正忙",
    text: "你的登录没有完成，没有留下任何改动。请过一会儿再试。",
    whom: "retry",
  },
  snapshot_user: {
    title: "现在是微信的「快照」页面",
    text: "请点页面下方的「使用完整服务」，再重新进入。",
    whom: "retry",
  },
};

export const otherProblem: LoginProblem = { title: "没有登录成功", text: "请再试一次。一直不行，请联系学校就业部门。", whom: "retry" };
