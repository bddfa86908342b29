import type { User } from "@/api/types";
import { useTitle } from "@/lib/use-title";
import { Address } from "./address";
import { Data } from "./data";
import { Devices } from "./devices";
import { Keys } from "./keys";
import { Password } from "./password";
import { Profile } from "./profile";
import { SecondFactor } from "./second-factor";
import "./account.css";

/** One's own account. In somebody's place an admin sees it, but not what only its owner may do. */
export default function AccountPage({ user, canMakeKeys }: { user: User; canMakeKeys: boolean }) {
  useTitle("Your account");
  const owner = !user.impersonatedBy;
  return (
    <div className="account-page">
      <h1>Your account</h1>
      <Profile user={user} />
      {owner && <Address user={user} />}
      {owner && <Password />}
      {owner && <SecondFactor user={user} />}
      <Devices />
      {owner && canMakeKeys && <Keys />}
      {owner && <Data />}
    </div>
  );
}
