package pages

import "github.com/claviger-id/claviger/oidc/flow"

// spanishTrouble says why somebody cannot be sent back to an application.
func spanishTrouble(t flow.Trouble) Reason {
	const signIn, signOut = "Este enlace de inicio de sesión no funciona", "Este enlace para cerrar la sesión no funciona"
	switch t {
	case flow.Unreadable:
		return Reason{signIn, "La aplicación que le envió aquí mandó algo que no se puede leer."}
	case flow.TooMuch:
		return Reason{signIn, "La aplicación que le envió aquí mandó algo dos veces, o demasiado."}
	case flow.NotRegistered:
		return Reason{signIn, "La aplicación que le envió aquí no está registrada (client_id)."}
	case flow.NoAddress:
		return Reason{signIn, "La aplicación que le envió aquí no dijo, una vez y solo una, quién es y adónde volver (client_id, redirect_uri)."}
	case flow.WrongAddress:
		return Reason{signIn, "La aplicación que le envió aquí quiere volver a una dirección que no tiene registrada (redirect_uri)."}
	case flow.Refused:
		return Reason{signIn, "La solicitud de la aplicación que le envió aquí se rechazó:"}
	case flow.NoLongerRegistered:
		return Reason{signIn, "La aplicación que le envió aquí ya no está registrada."}
	case flow.AddressTaken:
		return Reason{signIn, "La aplicación que le envió aquí quiere volver a una dirección que ya no tiene registrada."}
	case flow.SignOutUnreadable:
		return Reason{signOut, "La aplicación que le envió aquí mandó algo que no se puede leer."}
	case flow.SignOutTooMuch:
		return Reason{signOut, "La aplicación que le envió aquí mandó algo dos veces, o demasiado."}
	case flow.SignOutOther:
		return Reason{signOut, "La aplicación que le envió aquí no es aquella en la que usted inició sesión (client_id)."}
	case flow.SignOutAddress:
		return Reason{signOut, "La aplicación que le envió aquí quiere continuar en una dirección que no tiene registrada (post_logout_redirect_uri)."}
	case flow.DeviceSignedOut:
		return Reason{"Su sesión está cerrada", "Su sesión terminó antes de que se pudiera conectar el dispositivo. Escriba el código de nuevo."}
	case flow.DeviceOver:
		return Reason{"Este código ya venció", "El dispositivo esperó demasiado, o alguien ya decidió. Empiece de nuevo en el dispositivo."}
	case flow.TooManySessions:
		return Reason{"Tiene una sesión abierta en otro lugar", "No puede tener sesiones abiertas en más lugares a la vez. Cierre la otra sesión, o espere a que termine, e inicie sesión de nuevo."}
	case flow.SignInDone:
		return Reason{"Su sesión está abierta", "Este inicio de sesión se completó. Vuelva a la aplicación que quería usar; le dejará entrar sin preguntar de nuevo."}
	case flow.SignInOver:
		return Reason{"Este inicio de sesión ya terminó", "Se completó o esperó demasiado. Vuelva a la aplicación que quería usar e inicie sesión desde allí."}
	}
	return Reason{signIn, "Algo en la solicitud no es correcto."}
}
