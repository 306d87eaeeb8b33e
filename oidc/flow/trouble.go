package flow

// Trouble is why a person cannot be sent back to an application, and is shown a
// page instead. The values are stable, so that pages can say it in other
// languages.
type Trouble string

// The troubles. What is the application's doing names the parameter, for its
// developer.
const (
	Unreadable         Trouble = "unreadable"
	TooMuch            Trouble = "too_much"
	NotRegistered      Trouble = "not_registered"
	NoAddress          Trouble = "no_address"
	WrongAddress       Trouble = "wrong_address"
	Refused            Trouble = "refused" // a sentence for developers follows
	NoLongerRegistered Trouble = "registered_no_more"
	AddressTaken       Trouble = "address_taken"
	SignOutUnreadable  Trouble = "sign_out_unreadable"
	SignOutTooMuch     Trouble = "sign_out_too_much"
	SignOutOther       Trouble = "sign_out_other"
	SignOutAddress     Trouble = "sign_out_address"
	DeviceSignedOut    Trouble = "device_signed_out"
	DeviceOver         Trouble = "device_over"
	TooManySessions    Trouble = "too_many_sessions"
	SignInDone         Trouble = "sign_in_done"
	SignInOver         Trouble = "sign_in_over"
)

// Troubles are all of them.
func Troubles() []Trouble {
	return []Trouble{
		Unreadable, TooMuch, NotRegistered, NoAddress, WrongAddress, Refused, NoLongerRegistered, AddressTaken,
		SignOutUnreadable, SignOutTooMuch, SignOutOther, SignOutAddress,
		DeviceSignedOut, DeviceOver, TooManySessions, SignInDone, SignInOver,
	}
}

// English is the trouble in a title and a sentence.
func (t Trouble) English() (title, text string) {
	const signIn, signOut = "This sign-in link does not work", "This sign-out link does not work"
	switch t {
	case Unreadable:
		return signIn, "The application that sent you here sent something that cannot be read."
	case TooMuch:
		return signIn, "The application that sent you here sent something twice, or too much of it."
	case NotRegistered:
		return signIn, "The application that sent you here is not registered (client_id)."
	case NoAddress:
		return signIn, "The application that sent you here did not say once, and only once, who it is and where to return to (client_id, redirect_uri)."
	case WrongAddress:
		return signIn, "The application that sent you here wants to return to an address that is not registered for it (redirect_uri)."
	case Refused:
		return signIn, "The request of the application that sent you here is refused:"
	case NoLongerRegistered:
		return signIn, "The application that sent you here is not registered any more."
	case AddressTaken:
		return signIn, "The application that sent you here wants to return to an address that is not registered for it any more."
	case SignOutUnreadable:
		return signOut, "The application that sent you here sent something that cannot be read."
	case SignOutTooMuch:
		return signOut, "The application that sent you here sent something twice, or too much of it."
	case SignOutOther:
		return signOut, "The application that sent you here is not the one you were signed in to (client_id)."
	case SignOutAddress:
		return signOut, "The application that sent you here wants to go on at an address that is not registered for it (post_logout_redirect_uri)."
	case DeviceSignedOut:
		return "You are signed out", "Your session ended before the device could be connected. Enter the code again."
	case DeviceOver:
		return "This code is over", "The device waited too long, or somebody has decided already. Start again at the device."
	case TooManySessions:
		return "You are signed in elsewhere", "You cannot be signed in at more places at once. Sign out there, or wait until that session ends, and sign in again."
	case SignInDone:
		return "You are signed in", "This sign-in was completed. Go back to the application that you wanted to use; it will let you in without asking again."
	case SignInOver:
		return "This sign-in is over", "It was completed, or it waited too long. Go back to the application that you wanted to use and sign in from there."
	}
	return "", ""
}
