/** The few parts of Element Plus the console uses, each with its own style; drawn in our tokens by element.css. */
import "element-plus/es/components/dialog/style/css.mjs";
import "element-plus/es/components/input/style/css.mjs";
import "element-plus/es/components/select/style/css.mjs";
import "element-plus/es/components/option/style/css.mjs";
import "./element.css";

export { ElConfigProvider } from "element-plus/es/components/config-provider/index.mjs";
export { ElDialog } from "element-plus/es/components/dialog/index.mjs";
export { ElInput } from "element-plus/es/components/input/index.mjs";
export { ElOption, ElSelect } from "element-plus/es/components/select/index.mjs";
