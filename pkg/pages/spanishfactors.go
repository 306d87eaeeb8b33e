package pages

import "fmt"

func spanishFactors() FactorsTexts {
	return FactorsTexts{
		Title: "Segundos factores", Text: "Con qué demuestra quién es, además de su contraseña. Tenga dos: así, perder uno no causa daño.",
		None: "No tiene ninguno. Su contraseña por sí sola abre su cuenta.", Kind: spanishFactorKind,
		Added:     func(moment string) string { return "Se añadió el " + moment },
		Used:      func(moment string) string { return "Se usó por última vez el " + moment },
		Unused:    "Nunca se ha usado",
		Verified:  "Comprueba su huella, su rostro o su PIN",
		OneDevice: "Se queda en un solo dispositivo", Unverified: "No comprobó quién la usaba",
		Copied: "Puede copiarse entre sus dispositivos y todavía no tiene copia de seguridad", BackedUp: "Se copia entre sus dispositivos y tiene allí una copia de seguridad",
		Suspect: "Alguien puede tener una copia, por lo que ya no funciona. Quítela, configure otra y avise a la mesa de ayuda",
		Rename:  "Cambiar el nombre", Remove: "Quitar", Replace: "Reemplazar",
		Kept:     "Su trabajo aquí lo exige. Añada otro antes de quitarlo.",
		AddTitle: "Añadir otro", AddFirst: "Añadir el primero", AddPasskey: "Añadir una llave de acceso", AddApp: "Añadir una aplicación de autenticación", Full: "Tiene diez, que es el máximo.",
		CodesTitle: "Códigos de recuperación",
		CodesLeft: func(n int) string {
			switch n {
			case 0:
				return "No queda ninguno."
			case 1:
				return "Queda 1."
			}
			return fmt.Sprintf("Quedan %d.", n)
		},
		CodesAt:     func(moment string) string { return "Se generaron el " + moment + "." },
		Draw:        "Generar códigos nuevos",
		RenameTitle: "Cambiar el nombre", NewName: "Nombre (opcional)", NewNameHint: "Para que lo reconozca más adelante, por ejemplo: «computadora de la oficina».",
		RenameSubmit: "Guardar", BadName: "Use como máximo 60 caracteres que puedan mostrarse.",
		RemoveTitle: "¿Quitarlo de su cuenta?", RemoveText: "Ya no servirá para iniciar sesión. Bórrelo también del dispositivo en que está guardado.",
		RemoveLast:   "Es el último que tiene: con él se van sus códigos de recuperación, y su contraseña por sí sola abrirá su cuenta.",
		RemoveSubmit: "Quitar ahora", PasskeyTitle: "Añadir una llave de acceso",
		PasskeyText: "La guarda su dispositivo, o una llave de seguridad, y la abre con su huella, su rostro o su PIN. Hágalo en un dispositivo que solo usted use.",
		DrawTitle:   "¿Generar códigos de recuperación nuevos?", DrawText: "Verá diez códigos nuevos, una sola vez. Los que tiene ahora dejan de servir.", DrawSubmit: "Generarlos y mostrarlos",
		Back: "Volver a la lista",
	}
}

func spanishFactorKind(kind string) string {
	switch kind {
	case "passkey":
		return "Llave de acceso"
	case "totp":
		return "Aplicación de autenticación"
	}
	return kind
}
