import axios from "axios";
import { showFailToast } from "vant";
import { useSession } from "./session";

export const request = axios.create({ baseURL: "/api/v1", timeout: 15000 });

request.interceptors.request.use((config) => {
  const { token } = useSession();
  if (token) config.headers.Authorization = `Bearer ${token}`;
  return config;
});

request.interceptors.response.use(
  (response) => response.data,
  (error) => {
    showFailToast(error.response?.data?.detail ?? "网络异常");
    return Promise.reject(error);
  },
);
