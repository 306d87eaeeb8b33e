package pages

import (
	"fmt"
	"time"

	"github.com/claviger-id/claviger/pkg/password"
)

// Spanish is the catalogue in Spanish, as it is written in the United States.
// People are addressed as usted.
func Spanish() *Texts {
	return &Texts{
		Lang: "es", Dir: "ltr", Name: "Español",
		Common: CommonTexts{
			Panel:        "Un solo inicio de sesión para quienes cuidan a los pacientes.",
			Address:      "La barra de direcciones de su navegador debe mostrar",
			Footer:       "Nadie que trabaje con nosotros le pedirá jamás su contraseña.",
			Help:         "¿Necesita ayuda?",
			ProblemTitle: func(title string) string { return "Problema: " + title },
			Reference:    "Referencia",
			GoTo:         func(application string) string { return "Ir a " + application },
			ShowPassword: "Mostrar", HidePassword: "Ocultar",
			CapsLock:  "La tecla Bloq Mayús está activada.",
			Languages: "Idioma",
			Moment:    spanishMoment,
			Day:       spanishDay,
			Wait:      func(d time.Duration) string { return "en " + spanishSpan(d) },
			Span:      spanishSpan,
		},
		SignIn: SignInTexts{
			Title:           "Inicie sesión",
			For:             func(application string) string { return "para continuar a " + application },
			Own:             "para ver su cuenta",
			Again:           "Se trata de las llaves de su cuenta. Demuestre una vez más que es usted y volverá a donde estaba. Sus aplicaciones siguen abiertas.",
			UserID:          "ID de usuario",
			Password:        "Contraseña",
			Temporary:       "¿Es su primera vez aquí?",
			NoAccount:       "¿Todavía no tiene una cuenta?",
			Apply:           "Solicítela",
			TemporaryDetail: "Use el ID de usuario que figura en su carta y la contraseña temporal que recibió por separado. Después elegirá una contraseña propia.",
			Shared:          "Esta computadora es compartida o pública",
			SharedDetail: func(idle string) string {
				return "Su sesión se cierra después de " + idle + " sin actividad, y se le pide al navegador que no recuerde nada."
			},
			Ended: EndedTexts{
				Idle:        "Su sesión se cerró porque durante un tiempo no hubo actividad aquí.",
				Absolute:    "Su sesión se cerró porque llegó a su duración máxima.",
				Operator:    "Un operador cerró su sesión. Si no sabe por qué, pregunte a la mesa de ayuda.",
				Password:    "Su sesión se cerró porque la contraseña se cambió en otro lugar. Si no fue usted, llame de inmediato a la mesa de ayuda.",
				Compromised: "Su sesión se cerró porque se sabe que la contraseña fue robada. Hay que elegir otra.",
				Concurrent:  "Su sesión se cerró porque se inició otra en otro lugar. Si no fue usted, llame de inmediato a la mesa de ayuda.",
				Membership:  "Su sesión se cerró porque terminó lo que le daba acceso.",

				PasswordReset: "Su sesión se cerró porque la mesa de ayuda reemplazó la contraseña. Si usted no lo pidió, llame de inmediato a la mesa de ayuda.",
				PasswordMust:  "Su sesión se cerró porque hay que elegir otra contraseña.",
				Factor:        "Su sesión se cerró porque un segundo paso del inicio de sesión se cambió en otro lugar. Si no fue usted, llame de inmediato a la mesa de ayuda.",
				Roles:         "Su sesión se cerró porque cambiaron sus funciones aquí. Vuelva a iniciar sesión.",
				FactorReset:   "Su sesión se cerró porque la mesa de ayuda quitó los segundos pasos del inicio de sesión. Si usted no lo pidió, llame de inmediato a la mesa de ayuda.",
				Account:       "Su sesión se cerró porque la cuenta fue suspendida o cerrada. Si no sabe por qué, pregunte a la mesa de ayuda.",
				Agreement:     "Su sesión se cerró porque se retiró un acuerdo. Puede leerlo y aceptarlo de nuevo en el próximo inicio de sesión.",
				Reuse:         "Su sesión se cerró por precaución, porque una aplicación presentó una clave que ya se había usado. Alguien pudo haberla copiado. Si vuelve a ocurrir, avise a la mesa de ayuda.",
			},
			Afresh: AfreshTexts{
				Late:     "Ha pasado un buen rato, así que inicie sesión una vez más. No hay ningún problema y seguirá donde estaba.",
				Replaced: "Entretanto se cambió su contraseña, quizá en otra ventana. Inicie sesión con la contraseña más reciente.",
				Void:     "Este inicio de sesión se anuló entretanto, porque se cambió su contraseña o un segundo factor, o porque se cerraron todas sus sesiones. Inicie sesión de nuevo.",
			},
			Submit:          "Iniciar sesión",
			Cancel:          "Cancelar y volver",
			ForgotPassword:  "¿Olvidó su contraseña?",
			ForgotUserID:    "¿Olvidó su ID de usuario?",
			MissingUserID:   "Escriba su ID de usuario.",
			MissingPassword: "Escriba su contraseña.",
			Wrong:           "El ID de usuario o la contraseña no son correctos. Revise ambos e inténtelo de nuevo. Una contraseña temporal sirve una sola vez, y solo hasta la fecha que indica su carta. Si está seguro de ambos, use un navegador en el que ya haya iniciado sesión o llame a la mesa de ayuda.",
			Limited: func(wait string) string {
				return "Hubo demasiados intentos. Su cuenta está segura y no se perdió nada. Inténtelo de nuevo " + wait + "."
			},
			Busy: func(wait string) string {
				return "Muchas personas están iniciando sesión en este momento. Inténtelo de nuevo " + wait + "."
			},
		},
		ChoosePassword: ChoosePasswordTexts{
			First: Reason{
				Title: "Elija su contraseña personal",
				Text:  "Le damos la bienvenida. Su contraseña temporal ya cumplió su función. De ahora en adelante, iniciará sesión con una contraseña que solo usted conoce.",
			},
			Expired: Reason{
				Title: "Su contraseña venció",
				Text:  "Lo que escribió es correcto. Su organización pide una contraseña nueva cada cierto tiempo, y ha llegado el momento. Elija una y continuará hacia donde quería ir.",
			},
			Operator: Reason{
				Title: "Elija una contraseña nueva",
				Text:  "Lo que escribió es correcto. Su organización ha pedido una contraseña nueva. Elija una y continuará hacia donde quería ir.",
			},
			Compromised: Reason{
				Title: "Su contraseña ya no es segura",
				Text:  "Lo que escribió es correcto, pero esta contraseña está en una colección de contraseñas robadas que otros tienen. Elija una nueva y cámbiela en cualquier otro lugar donde la use.",
			},
			Guessed: Reason{
				Title: "Alguien intentó adivinar su contraseña",
				Text:  "No la encontró, y la contraseña se desactivó en todas partes menos en los navegadores que usted ya había usado. Elija una nueva y podrá iniciar sesión otra vez en cualquier lugar.",
			},
			Alone: Reason{
				Title: "Elija una contraseña más larga",
				Text:  "Lo que escribió es correcto, pero esta contraseña bastaba solo junto con un segundo paso al iniciar sesión, y ahora no tiene ninguno. Elija una que baste por sí sola.",
			},
			Own: Reason{
				Title: "Elija una contraseña nueva",
				Text:  "Desde ese momento, solo servirá la contraseña nueva.",
			},
			Minimum: func(n int) string {
				return fmt.Sprintf("Al menos %d caracteres. Cuanto más larga, mejor.", n)
			},
			Rules: []string{
				"Cualquier carácter, también espacios. Unas cuantas palabras sin relación entre sí son fáciles de recordar y difíciles de adivinar.",
				"Ni su nombre ni su ID de usuario, ni una contraseña muy conocida, ni una que use en otro lugar.",
			},
			UserID:    "ID de usuario",
			New:       "Contraseña nueva",
			Confirm:   "Contraseña nueva, otra vez",
			Submit:    "Guardar y continuar",
			Missing:   "Escriba la contraseña que desea.",
			Different: "Las dos contraseñas no son iguales. Escriba la contraseña de nuevo, dos veces.",
			Busy: func(wait string) string {
				return "Muchas personas están iniciando sesión en este momento y su contraseña no se guardó. Inténtelo de nuevo " + wait + "."
			},
			Remaining: "Faltan {n}.",
			Enough:    "Ya es bastante larga.",
			Strength: func(s password.Strength) string {
				return "Fortaleza de la contraseña que escribió: " + spanishStrength(s) + "."
			},
		},
		RenewPassword: RenewPasswordTexts{
			Title: "Cambie pronto su contraseña",
			Expires: func(days int) string {
				switch days {
				case 0:
					return "Su contraseña vence hoy."
				case 1:
					return "Su contraseña vence en 1 día."
				}
				return fmt.Sprintf("Su contraseña vence en %d días.", days)
			},
			Old:    "Su contraseña es antigua. Puede conservarla, pero conviene cambiarla de vez en cuando.",
			Choice: "Cámbiela ahora, lo que toma un minuto, o continúe y se lo preguntaremos de nuevo mañana.",
			Soon:   "Cámbiela ahora, lo que toma un minuto, o continúe. Una vez vencida, elegirá una nueva la próxima vez que inicie sesión.",
			Now:    "Cambiarla ahora",
			Later:  "Más tarde",
		},
		SecondFactor: SecondFactorTexts{
			Title:          "Un paso más",
			Text:           "Su cuenta pide algo que solo usted tiene.",
			Code:           "Código de su aplicación de autenticación",
			Submit:         "Continuar",
			Lost:           "No puedo usar mi aplicación de autenticación",
			Recovery:       "Código de recuperación",
			RecoveryHint:   "Uno de los diez códigos que guardó cuando configuró esto. Cada uno sirve una sola vez.",
			RecoverySubmit: "Usar este código de recuperación",
			Help:           "Si nada de esto funciona, llame a la mesa de ayuda. Le pedirán que demuestre quién es.",
			HelpPasskey:    "Si no puede usar su llave de acceso, llame a la mesa de ayuda. Le pedirán que demuestre quién es.",
			Missing:        "Escriba un código.",
			Wrong:          "Ese código no es correcto o ya se usó. Espere el siguiente e inténtelo de nuevo.",
			WrongRecovery:  "Ese código de recuperación no es correcto o ya se usó. Revíselo o use otro.",
			Disabled:       "Hubo demasiados códigos incorrectos y los códigos ya no sirven. Llame a la mesa de ayuda.",
		},
		Passkey: PasskeyTexts{
			Name:     "Llave de acceso",
			SignIn:   "Iniciar sesión con una llave de acceso",
			Use:      "Usar su llave de acceso",
			Failed:   "No funcionó o se canceló. Inténtelo de nuevo o siga de otra manera.",
			Wrong:    "Esa llave de acceso no sirvió aquí. Inténtelo de nuevo o siga de otra manera.",
			Late:     "Tardó demasiado. Inténtelo de nuevo.",
			NoScript: "Las llaves de acceso necesitan JavaScript, que está desactivado en este navegador.",
		},
		SetUpFactor: SetUpFactorTexts{
			PasskeyText:   "Su dispositivo guarda una llave que se abre con su huella, su rostro o su PIN. Solo sirve en este sitio, así que nadie puede quitársela con engaños, y usted inicia sesión sin contraseña.",
			PasskeySubmit: "Configurar una llave de acceso",
			Title:         "Proteja su cuenta",
			Text:          "Su organización pide una segunda prueba además de la contraseña, para que quien se entere de su contraseña no pueda usarla.",
			App:           "Aplicación de autenticación",
			AppText:       "Una aplicación en su teléfono muestra un código de seis dígitos, que usted escribe al iniciar sesión.",
			AppSubmit:     "Configurar una aplicación de autenticación",
		},
		SetUpTOTP: SetUpTOTPTexts{
			Title:    "Configure una aplicación de autenticación",
			Scan:     "Abra la aplicación en su teléfono, añada una cuenta y escanee esta imagen.",
			Picture:  "Imagen para escanear con una aplicación de autenticación. Lo mismo figura abajo como texto.",
			Type:     "Si no puede escanearla, escriba esta clave en la aplicación. No se la muestre a nadie.",
			Code:     "Código que la aplicación muestra ahora",
			Name:     "Nombre para esta aplicación (opcional)",
			NameHint: "Para que la reconozca más adelante, por ejemplo: «mi teléfono».",
			Submit:   "Guardar y continuar",
			Back:     "Volver",
			Wrong:    "Ese código no es correcto. Escriba el que la aplicación muestra ahora.",
		},
		RecoveryCodes: RecoveryCodesTexts{
			Title:    "Guarde sus códigos de recuperación",
			Text:     "Si pierde su teléfono o su llave de acceso, cada uno de estos códigos le permite entrar una vez, junto con su contraseña. Solo se muestran ahora.",
			Keep:     "Imprima esta página o anote los códigos, y guárdelos donde guarda otros papeles importantes; no en esta computadora si otras personas la usan.",
			Continue: "Ya los guardé. Continuar",
		},
		Consent: ConsentTexts{
			Title: "¿Desea compartir sus datos?",
			Text: func(application string) string {
				return application + " pide saber quién es usted. Recibirá:"
			},
			Device: func(application string) string {
				return "Un dispositivo quiere usar " + application + " en su nombre. Acepte solo si tiene el dispositivo delante o si lo tiene alguien de su confianza. Recibirá:"
			},
			As:     "Ha iniciado sesión como",
			Scope:  spanishScope,
			Allow:  "Sí, permitir",
			Refuse: "No, no permitir",
		},
		Agreement: AgreementTexts{
			Title:   "Acuerdo de uso",
			Text:    "Lea el acuerdo y diga si lo acepta. Solo con él puede usar el servicio.",
			Version: "Versión:",
			Accept:  "He leído este acuerdo y lo acepto.",
			Missing: "Marque la casilla para decir que ha leído el acuerdo y que lo acepta.",
			Submit:  "Aceptar y continuar", Decline: "No acepto",
			Later: func(until time.Time) string {
				return "Puede hacerlo otro día, hasta el " + spanishMoment(until) + "."
			},
			LaterSubmit:   "Otro día",
			DeclinedTitle: "No ha aceptado el acuerdo",
			DeclinedText:  "Es su decisión, y no se ha hecho nada en su nombre. Sin el acuerdo no podemos darle acceso.",
			DeclinedAgain: "Si tiene preguntas, hágalas antes de volver a intentarlo: verá el acuerdo de nuevo la próxima vez que inicie sesión.",
			DeclinedGo:    "Volver a la aplicación",
		},
		Device: DeviceTexts{
			Title:   "Conecte un dispositivo",
			Text:    "Escriba el código que muestra el dispositivo.",
			Code:    "Código",
			Caution: "¿Alguien le envió este código o se lo leyó? Entonces deténgase: quien tenga el dispositivo entraría con su cuenta.",
			Submit:  "Continuar",
			Missing: "Escriba el código.",
			Unknown: "Este código no es correcto o ya venció. Compárelo con el dispositivo o empiece allí de nuevo.",
			Limited: func(wait string) string {
				return "Se probaron demasiados códigos desde aquí. Inténtelo de nuevo " + wait + "."
			},
			Connected: Advice{
				Title: "El dispositivo está conectado", Text: "Continuará por sí solo en unos segundos.", Forward: "Puede cerrar esta página.",
			},
			Refused: Advice{
				Title: "El dispositivo no se conectó", Text: "Usted dijo que no. El dispositivo ya recibió el aviso.", Forward: "Puede cerrar esta página.",
			},
		},
		Apply: ApplyTexts{
			Title:          "Solicite una cuenta",
			Text:           "Para profesionales de la salud y su personal. Una persona lee cada solicitud; aquí ninguna máquina decide nada.",
			RequiredNote:   "Los campos con un asterisco son obligatorios.",
			Field:          spanishField,
			CredentialHint: "Por ejemplo, MD, RN o PA-C",
			NPIHint:        "Diez dígitos. Déjelo vacío si no tiene uno.",
			Problem:        "Todavía hay algo que corregir. Revise los campos señalados abajo; lo que escribió sigue ahí.",
			Wrong:          spanishFlaw,
			Limited: func(wait string) string {
				return "Llegaron muchas solicitudes desde aquí. Lo que escribió no se envió. Inténtelo de nuevo " + wait + "."
			},
			Submit:            "Enviar solicitud",
			CautionTitle:      "Lo que no pedimos",
			Caution:           "Ni contraseñas, ni el número de Seguro Social, ni la fecha de nacimiento, ni datos de ningún paciente. Por favor, no escriba nada de eso aquí.",
			ReceivedTitle:     "Recibimos su solicitud",
			ReceivedText:      "Una persona la leerá y decidirá. Si se aprueba, recibirá un ID de usuario y, por separado, una contraseña temporal.",
			ReceivedReference: "Su referencia:",
			ReceivedForward:   "Conserve la referencia por si tiene preguntas. Puede cerrar esta página.",
		},
		Forgotten: ForgottenTexts{
			Password: Question{
				Title: "¿Olvidó su contraseña?", Text: "Escriba su ID de usuario. Enviaremos un enlace para elegir una contraseña nueva al correo electrónico que tenemos registrado.",
				Label: "ID de usuario", Submit: "Envíenme un enlace", Other: "Tampoco sé mi ID de usuario",
			},
			UserID: Question{
				Title: "¿Olvidó su ID de usuario?", Text: "Escriba su correo electrónico. Si es el que tenemos registrado, enviaremos allí su ID de usuario.",
				Label: "Correo electrónico", Submit: "Envíenme mi ID de usuario", Other: "Sé mi ID de usuario, pero no mi contraseña",
			},
			HelpDesk: "¿Nunca ha iniciado sesión, no tiene correo o su dirección cambió? Entonces solo la mesa de ayuda puede ayudarle.",
			Missing:  "Escriba lo que se pide, con un máximo de 254 caracteres.",
			Limited: func(wait string) string {
				return "Muchas personas han preguntado desde aquí. No se envió nada. Inténtelo de nuevo " + wait + "."
			},
			Asked: Advice{
				Title:   "Revise su correo",
				Text:    "Si lo que escribió figura en nuestros registros, un mensaje va en camino a la dirección que tenemos. Suele tardar un minuto. A todos les decimos lo mismo, para que nadie pueda averiguar quién tiene una cuenta.",
				Forward: "¿No llegó nada? Revise el correo no deseado y después llame a la mesa de ayuda. Solo sirve el enlace más reciente.",
			},
		},
		Recover: RecoverTexts{
			Title: "Elija una contraseña nueva", Text: "El enlace es correcto. Elija una contraseña, que reemplazará a la que olvidó.",
			Submit: "Guardar", Note: "Después se cerrarán todas sus sesiones y se enviará un aviso a su correo electrónico.",
			Done: Advice{
				Title: "Su contraseña nueva ya sirve", Text: "Se cerraron todas sus sesiones y un aviso va en camino a su correo electrónico.",
				Forward: "Abra la aplicación que desea usar e inicie sesión con su ID de usuario y la contraseña nueva. Puede cerrar esta página.",
			},
		},
		Temporary: TemporaryTexts{
			Title: "Su contraseña temporal", Text: "Se muestra una sola vez, a quien presione el botón. Hágalo cuando nadie esté mirando su pantalla.",
			Submit: "Mostrarla", Note: "También necesitará su ID de usuario, que recibió por separado.",
			ShownTitle: "Esta es su contraseña temporal", ShownText: "Anótela o cópiela: no se mostrará de nuevo.",
			Until:   func(moment string) string { return "Sirve una sola vez, hasta el " + moment + "." },
			Forward: "Abra la aplicación que desea usar e inicie sesión con su ID de usuario y esta contraseña. Después elegirá una contraseña propia.",
		},
		Account:       spanishAccountTexts(),
		Profile:       spanishProfile(),
		Factors:       spanishFactors(),
		ChooseAccount: spanishChooseAccount(),
		Applications:  spanishApplications(),
		Activity:      spanishActivity(),
		ActFor:        spanishActFor(),
		Delegations:   spanishDelegations(),
		Agreements:    spanishAgreements(),
		ChangePassword: ChangePasswordTexts{
			Title: "Cambie su contraseña", Text: "Desde ese momento, solo servirá la contraseña nueva.",
			Current: "Contraseña actual", Submit: "Cambiar contraseña",
			Others: "Cerrar mi sesión en todos los demás lugares", OthersDetail: "En los otros navegadores y dispositivos tendrá que iniciar sesión de nuevo.",
			MissingCurrent: "Escriba su contraseña actual.", WrongCurrent: "La contraseña actual no es correcta. Escríbala de nuevo.",
			TooSoon: func(wait string) string {
				return "La cambió dos veces en poco tiempo. Podrá cambiarla otra vez " + wait + "."
			},
			TooSoonForward: "Si otra persona la conoce, no espere: cierre la sesión en todos los demás lugares, en la página «Sesiones abiertas», y llame a la mesa de ayuda.",
			Done: Advice{
				Title: "Su contraseña se cambió", Text: "La nueva ya sirve desde este momento.",
				Forward: "Puede cerrar esta página y seguir en su aplicación.",
			},
		},
		AccountSessions: AccountSessionsTexts{
			Title: "Sesiones abiertas", Text: "Cierre la sesión en los lugares que no reconozca y después cambie su contraseña.",
			Here: "este navegador", Since: "Inicio de sesión:", Last: "Último uso:", Address: "Desde la dirección", Application: "Aplicación usada:",
			Unknown: "Navegador desconocido", End: "Cerrar esa sesión", Others: "Cerrar la sesión en todos los demás lugares", SignOut: "Cerrar sesión aquí",
			Alone: "No tiene ninguna otra sesión abierta.",
		},
		Elsewhere: ElsewhereTexts{
			Title: "Tiene una sesión abierta en otro lugar",
			Text:  "Lo que escribió es correcto. Su organización quiere que no tenga sesiones abiertas en más lugares que estos a la vez.",
			May:   "Si ya terminó allí, cierre esa sesión y continuará aquí de inmediato. Lo que no se haya guardado allí se pierde.",
			Wait:  "Vaya allí y cierre la sesión, o espere a que termine por sí sola. Después vuelva a intentarlo aquí. Si no es usted quien tiene esa sesión abierta, pida ayuda ahora.",
			Ends:  "Termina, si nadie hace nada allí:", End: "Cerrar esa sesión y continuar aquí", Again: "Intentar de nuevo",
		},
		Manage: ManageTexts{
			Title: "Administrar accesos", HomeText: "Estas son las organizaciones cuyo personal usted administra.", None: "Usted no administra el personal de ninguna organización. Un operador puede cambiarlo.",
			RosterText: "Quién tiene qué acceso aquí. Quite lo que ya no haga falta.", Empty: "Todavía nadie tiene acceso aquí.",
			Grant: "Dar acceso a alguien", Invite: "Invitar a alguien que no tiene cuenta", Next: "Mostrar más", Remove: "Quitar", Back: "Volver a la lista",
			UserID: "ID de usuario", NeedIs: "Motivo", Since: "Desde el", Until: "Hasta", Used: "Último uso",
			Never: "sin fecha de fin", Unused: "nunca", Factor: "Tiene un segundo factor", NoFactor: "No tiene un segundo factor",
			Account: spanishAccount, Role: spanishRole,
			GrantTitle: "Dar acceso a alguien", GrantSubmit: "Dar acceso",
			GrantText:  "Solo a personas que lo necesitan para su trabajo, y solo mientras lo necesiten. Las obliga el mismo acuerdo que a usted.",
			FamilyName: "Apellido", RoleLabel: "Función", Need: "¿Para qué lo necesita?", NeedHint: "Una línea que otros leerán cuando la revisen. No escriba nada sobre pacientes.",
			Last: "Último día", WrongEnd: "Escriba el último día del acceso.", NoRole: "No hay ninguna función que usted pueda dar aquí. Un operador puede cambiarlo.",
			Refused:     spanishRefusal,
			RemoveTitle: "¿Quitar este acceso?", RemoveSubmit: "Quitar ahora",
			RemoveText:  "Termina de inmediato, y también las sesiones que dependen de él.",
			InviteTitle: "Invitar a alguien", InviteSubmit: "Enviar la invitación",
			InviteText:   "Un operador revisa lo que usted escribe y crea la cuenta. La persona recibe un ID de usuario y una contraseña temporal; usted no la ve ni la elige.",
			InvitedTitle: "La invitación se envió", InvitedText: "Su número de referencia es",
			InvitedNext: "Cuando exista la cuenta, la persona le dirá su ID de usuario y usted podrá darle el acceso.",
		},
		SignOut: SignOutTexts{
			Title:  "¿Desea cerrar la sesión?",
			Text:   "Esto termina su sesión aquí, y las aplicaciones que abrió con ella ya no podrán renovar la suya. Guarde antes su trabajo en ellas.",
			Submit: "Cerrar sesión",
			Stay:   "Mantener la sesión abierta",
		},
		SigningOut: SigningOutTexts{
			Title:    "Cerrando su sesión",
			Text:     "Estamos avisando a las aplicaciones que usó. Esto toma un momento.",
			Continue: "Continuar",
			Frame:    "Una aplicación cierra su sesión",
		},
		SignedOut: SignedOutTexts{
			Title:       "Su sesión está cerrada",
			Text:        "Su sesión aquí ha terminado. Cierre las aplicaciones que aún tenga abiertas o cierre también la sesión en ellas.",
			SharedTitle: "¿Va a dejar una computadora compartida?",
			SharedSteps: []string{
				"Cierre todas las ventanas de este navegador. Así se borran las páginas que aún pueda guardar.",
				"Si el navegador le ofreció guardar su contraseña, abra la configuración y elimínela.",
				"No deje en el escritorio ningún papel con su ID de usuario ni con una contraseña.",
			},
			Again: "Para iniciar sesión de nuevo, abra la aplicación que desea usar.",
			Told:  "También se cerró la sesión en", Waiting: "Avisadas, pero aún sin respuesta; se les avisará otra vez",
			Open: "Cierre usted la sesión allí, o cierre la aplicación", Look: "Ver si ya han respondido",
		},
		Security: spanishSecurity(),
		Home: HomeTexts{
			Title:        "Servicio de inicio de sesión",
			Text:         "Esta dirección confirma quién es usted cuando una aplicación lo pide. Por sí sola muestra su cuenta, y nada más.",
			BeginTitle:   "¿Desea iniciar sesión?",
			Begin:        "Abra la aplicación que desea usar, desde sus marcadores o por su dirección. Ella le traerá aquí cuando haga falta.",
			CautionTitle: "¿Un mensaje le trajo aquí?",
			Caution:      "Nunca pedimos una contraseña por correo ni por teléfono. Cierre esta página y abra usted mismo su aplicación.",
			SignOut:      "Cerrar sesión",
		},
		Stale: Advice{
			Title:   "Este inicio de sesión ya terminó",
			Text:    "Se completó, tardó demasiado o se empezó en otro navegador. Su cuenta no tiene ningún problema.",
			Forward: "Abra de nuevo la aplicación que desea usar. Ella empezará un nuevo inicio de sesión.",
		},
		LinkOver: Advice{
			Title:   "Este enlace no sirve",
			Text:    "Ya se usó, es demasiado antiguo o se envió uno más reciente. Solo sirve el enlace más reciente, y una sola vez.",
			Forward: "Pida otro donde pidió este o llame a la mesa de ayuda.",
		},
		Trouble: spanishTrouble,
		Refused: RefusedTexts{Password: spanishPassword, Problem: spanishProblem, Other: "No se puede aceptar lo que escribió. Inténtelo de otra manera o llame a la mesa de ayuda."},
		Faults: FaultTexts{
			NotFound: Advice{
				Title:   "Aquí no hay ninguna página",
				Text:    "Es posible que la dirección esté incompleta o ya no exista.",
				Forward: "Abra la aplicación que desea usar. Ella le llevará al lugar correcto.",
			},
			NotAllowed: Advice{
				Title:   "Eso no funciona aquí",
				Text:    "La dirección existe, pero no para lo que se le pidió.",
				Forward: "Abra la aplicación que desea usar. Ella le llevará al lugar correcto.",
			},
			Denied: Advice{
				Title:   "Esto no está permitido",
				Text:    "Usted no puede hacer esto.",
				Forward: "Si cree que debería poder, dé a la mesa de ayuda la referencia que aparece abajo.",
			},
			Foreign: Advice{
				Title:   "Esto se detuvo por su seguridad",
				Text:    "La solicitud no vino de una página nuestra, o su navegador es demasiado antiguo para indicar de dónde vino.",
				Forward: "Abra la aplicación que desea usar e inténtelo de nuevo con un navegador actualizado.",
			},
			Invalid: Advice{
				Title:   "No se puede entender esta solicitud",
				Text:    "Algo en ella falta o está dañado. Por lo general, el error está en la aplicación que le envió aquí.",
				Forward: "Vuelva a esa aplicación e inténtelo de nuevo. Si se repite, avise a su mesa de ayuda.",
			},
			TooLarge: Advice{
				Title:   "Es demasiado",
				Text:    "La solicitud es más grande de lo que esta página acepta.",
				Forward: "Vuelva atrás y envíe menos.",
			},
			Limited: Advice{
				Title:   "Demasiados intentos",
				Text:    "Hubo demasiados intentos en poco tiempo. Su cuenta está segura y no se perdió nada.",
				Forward: "Espere un poco antes de intentarlo de nuevo.",
			},
			Busy: Advice{
				Title:   "Hay mucha actividad en este momento",
				Text:    "No fue posible atender su solicitud ahora. No se perdió nada.",
				Forward: "Espere un poco y vuelva a cargar esta página.",
			},
			BusyForm: Advice{
				Title:   "Hay mucha actividad en este momento",
				Text:    "Lo que envió no se pudo recibir ahora. No se perdió nada más.",
				Forward: "Espere un poco, vuelva al formulario y envíelo otra vez.",
			},
			BackToForm: "Volver al formulario",
			Internal: Advice{
				Title:   "Algo falló de nuestro lado",
				Text:    "No es culpa suya, y ha quedado registrado.",
				Forward: "Vuelva atrás e inténtelo de nuevo. Si se repite, dé a la mesa de ayuda la referencia que aparece abajo.",
			},
			Retry: func(wait string) string { return "Inténtelo de nuevo " + wait + "." },
		},
	}
}
