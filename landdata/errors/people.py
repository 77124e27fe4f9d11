"""What is wrong with accounts, roles, and signing in; one sentence for every reason why a stranger does not get in."""

from __future__ import annotations

from landdata.errors.base import LandDataError


class SignInRefused(LandDataError):
    code = "SIGN_IN_REFUSED"
    vi = "Tên đăng nhập hoặc mật khẩu không đúng."
    en = "The sign-in name or the password is not right."
    mend_vi = "Kiểm tra rồi thử lại; quên mật khẩu thì nhờ quản trị cấp mã mới."
    mend_en = "Check and try again; who forgot the password asks an administrator for a new code."


class TooManyTries(LandDataError):
    code = "TOO_MANY_TRIES"
    vi = "Đã thử sai nhiều lần; lần thử tới sau {seconds} giây."
    en = "Too many tries went wrong; the next one is taken in {seconds} seconds."
    mend_vi = "Đợi rồi thử lại; không tài khoản nào bị khóa hẳn vì thử sai."
    mend_en = "Wait, then try again; no account is locked for good by wrong tries."


class SecondFactorRefused(LandDataError):
    code = "SECOND_FACTOR_REFUSED"
    vi = "Mã xác thực không đúng hoặc đã dùng."
    en = "The code is not right, or was used before."
    mend_vi = "Nhập mã kế tiếp của ứng dụng xác thực, hoặc một mã khôi phục chưa dùng."
    mend_en = "Type the app's next code, or a recovery code that was not used."


class SecondFactorMissing(LandDataError):
    code = "SECOND_FACTOR_MISSING"
    vi = "Chưa bắt đầu đăng ký yếu tố thứ hai trong phiên này."
    en = "No second factor is being set up in this session."
    mend_vi = "Lấy khóa mới trước, rồi xác nhận bằng mã đầu tiên."
    mend_en = "Ask for a new secret first, then confirm it with its first code."


class PasswordUnfit(LandDataError):
    code = "PASSWORD_UNFIT"
    vi = "Không dùng được mật khẩu này: {reason_vi}."
    en = "This password cannot be used: {reason_en}."
    mend_vi = "Chọn câu dài, dễ nhớ với riêng mình; không cần ký tự đặc biệt."
    mend_en = "Choose a long phrase that only you would think of; no special characters are needed."


class SignInBusy(LandDataError):
    code = "SIGN_IN_BUSY"
    vi = "Đang có quá nhiều người đăng nhập cùng lúc."
    en = "Too many people are signing in at once."
    mend_vi = "Thử lại sau ít giây."
    mend_en = "Try again in a few seconds."


class AccountUnknown(LandDataError):
    code = "ACCOUNT_UNKNOWN"
    vi = "Không có tài khoản {login}."
    en = "There is no account {login}."
    mend_vi = "Xem danh sách: `landdata people list`."
    mend_en = "See the list: `landdata people list`."


class AccountExists(LandDataError):
    code = "ACCOUNT_EXISTS"
    vi = "Tài khoản {login} đã có."
    en = "The account {login} exists already."
    mend_vi = "Cấp mã mới bằng `landdata people reset-password`, hoặc chọn tên khác."
    mend_en = "Give a new code by `landdata people reset-password`, or choose another name."


class LoginUnfit(LandDataError):
    code = "LOGIN_UNFIT"
    vi = "Tên đăng nhập không dùng được."
    en = "The sign-in name cannot be used."
    mend_vi = "Dùng 3 đến 64 ký tự: chữ thường không dấu, số, dấu chấm, gạch nối, gạch dưới."
    mend_en = "Use 3 to 64 characters: small letters without marks, digits, dots, hyphens, underscores."


class AdministratorNeeded(LandDataError):
    code = "ADMINISTRATOR_NEEDED"
    vi = "Việc này cần một quản trị đang hoạt động, khác với chủ tài khoản."
    en = "This needs an active administrator other than the holder of the account."
    mend_vi = "Nêu quản trị bằng `--by`; người ta không tự cấp quyền cho mình."
    mend_en = "Name the administrator by `--by`; nobody grants to himself."


class LastAdministrator(LandDataError):
    code = "LAST_ADMINISTRATOR"
    vi = "Đây là quản trị cuối cùng đang hoạt động."
    en = "This is the last active administrator."
    mend_vi = "Cấp vai trò quản trị cho người khác trước."
    mend_en = "Give the role to another person first."


class RoleUnfit(LandDataError):
    code = "ROLE_UNFIT"
    vi = "Người của cơ quan {office_code} không thể có vai trò {role}."
    en = "People of office {office_code} cannot have the role {role}."
    mend_vi = "Xem bảng vai trò trong trang về tài khoản."
    mend_en = "See the table of roles on the page about accounts."


class RoleNotHeld(LandDataError):
    code = "ROLE_NOT_HELD"
    vi = "Tài khoản {login} không có vai trò {role}."
    en = "The account {login} does not have the role {role}."
    mend_vi = "Xem danh sách: `landdata people list`."
    mend_en = "See the list: `landdata people list`."


class IdentityTaken(LandDataError):
    code = "IDENTITY_TAKEN"
    vi = "Danh tính này đã liên kết với một tài khoản."
    en = "This identity is linked to an account already."
    mend_vi = "Kiểm tra lại bên cấp và mã người dùng."
    mend_en = "Check the issuer and the subject."


class IdentityRefused(LandDataError):
    code = "IDENTITY_REFUSED"
    vi = "Không nhận được xác nhận danh tính hợp lệ, hoặc danh tính chưa liên kết với tài khoản nào."
    en = "No valid confirmation of identity came, or the identity is linked to no account."
    mend_vi = "Bắt đầu đăng nhập lại; nếu vẫn vậy, nhờ quản trị liên kết tài khoản."
    mend_en = "Begin to sign in again; if it goes on, ask an administrator to link the account."


class IdentityUnavailable(LandDataError):
    code = "IDENTITY_UNAVAILABLE"
    vi = "Bên cấp danh tính không trả lời."
    en = "The issuer of identities does not answer."
    mend_vi = "Thử lại sau, hoặc đăng nhập bằng mật khẩu."
    mend_en = "Try again later, or sign in with a password."


class IdentitySettingUnfit(LandDataError):
    code = "IDENTITY_SETTING_UNFIT"
    vi = "Không dùng được cấu hình OpenID Connect."
    en = "The settings of OpenID Connect cannot be used."
    mend_vi = (
        "Đặt LANDDATA_OIDC_ISSUER là địa chỉ https không có / ở cuối, LANDDATA_OIDC_CLIENT_ID, "
        "và tệp mật khẩu trong LANDDATA_OIDC_SECRET_FILE chỉ chủ đọc được."
    )
    mend_en = (
        "Set LANDDATA_OIDC_ISSUER to an https address without a last /, LANDDATA_OIDC_CLIENT_ID, and "
        "LANDDATA_OIDC_SECRET_FILE to a file that only its owner can read."
    )


class SessionUnknown(LandDataError):
    code = "SESSION_UNKNOWN"
    vi = "Không có phiên này."
    en = "There is no such session."
    mend_vi = "Xem lại danh sách phiên."
    mend_en = "Look at the list of sessions again."


class StepNeeded(LandDataError):
    code = "STEP_NEEDED"
    vi = "Việc này không làm được ở bước {stage} của phiên đăng nhập."
    en = "This cannot be done at the step {stage} of the session."
    mend_vi = "Làm xong bước đang chờ (`stage` của phiên), rồi thử lại."
    mend_en = "Finish the step that waits (`stage` of the session), then try again."


class FreshProofNeeded(LandDataError):
    code = "FRESH_PROOF_NEEDED"
    vi = "Việc này cần xác thực lại trong mười phút gần nhất."
    en = "This needs a proof of identity not older than ten minutes."
    mend_vi = "Xác thực lại bằng mã (hoặc mật khẩu, khi không có yếu tố thứ hai), rồi thử lại."
    mend_en = "Prove it again by a code (or the password, without a second factor), then try again."


class GisKeyUnfit(LandDataError):
    code = "GIS_KEY_UNFIT"
    vi = "Không tạo được khóa GIS: {reason_vi}."
    en = "The GIS key cannot be made: {reason_en}."
    mend_vi = "Đặt tên, chọn thời hạn trong danh sách; kết thúc khóa không dùng nữa; vai trò do quản trị cấp."
    mend_en = "Name it and choose its days from the list; end keys out of use; roles are given by an administrator."


class GisKeyUnknown(LandDataError):
    code = "GIS_KEY_UNKNOWN"
    vi = "Tài khoản không có khóa GIS này đang dùng."
    en = "The account has no such GIS key in use."
    mend_vi = "Xem lại danh sách khóa trên trang tài khoản."
    mend_en = "See the list of keys on the page of the account."
