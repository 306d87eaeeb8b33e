package pages

func spanishSecurity() SecurityTexts {
	return SecurityTexts{
		Title: "Seguridad", Text: "Cómo se protege aquí su inicio de sesión y qué puede hacer usted. Ninguna protección es perfecta; por eso hacen falta las dos cosas.",
		NotYouTitle:    "¿Ocurrió algo que no hizo usted?",
		NotYouPassword: "Cambie su contraseña y cierre la sesión en todos los demás lugares.", NotYouSessions: "Mire dónde tiene una sesión abierta y cierre lo que no reconozca.",
		NotYouFactors: "Revise sus segundos factores y quite lo que no sea suyo.", NotYouCall: "Llame a la mesa de ayuda, aunque todo lo anterior haya funcionado: puede haber otros afectados.",
		Sections: []SecuritySection{
			{"Qué hacemos nosotros", []string{
				"Su ID de usuario se formó a partir de su solicitud. La contraseña temporal que lo acompañó, en un mensaje aparte, sirve una sola vez; la que usted eligió después no la conoce nadie más.",
				"Las contraseñas se guardan de una forma de la que no se pueden volver a leer, en una base de datos cifrada.",
				"Todo lo que pasa entre su navegador y nosotros está cifrado. La dirección empieza por https.",
				"Después de un tiempo sin actividad su sesión se cierra, y se avisa a las aplicaciones que usó.",
				"Se registra cada acceso. Los registros están protegidos contra cambios.",
				"Nuestros correos no contienen datos de pacientes y nunca piden una contraseña.",
			}},
			{"Qué puede hacer usted", []string{
				"No comparta nunca una contraseña ni un código, tampoco con colegas. Quien necesita acceso recibe una cuenta propia.",
				"No siga enlaces de correos que le pidan iniciar sesión. Abra su aplicación desde sus marcadores y compare la dirección.",
				"Añada una llave de acceso: solo funciona en nuestra dirección, y nadie puede sonsacársela.",
				"Cierre la sesión en cuanto termine, antes de dejar la computadora.",
				"Mantenga actualizado su navegador.",
				"No escriba nada sobre pacientes en correos corrientes dirigidos a nosotros.",
			}},
			{"En una computadora compartida o pública", []string{
				"Marque la casilla de computadora compartida al iniciar sesión. Así su sesión se cierra antes.",
				"No permita que el navegador guarde su ID de usuario ni su contraseña.",
				"Cierre la sesión y todas las ventanas del navegador; así se borran las páginas que aún pueda conservar.",
			}},
			{"Cuando da acceso a otras personas", []string{
				"Déselo solo a quienes lo necesiten para su trabajo, y solo mientras lo necesiten.",
				"Mire con regularidad quién tiene acceso y quite lo que ya no haga falta.",
				"Dígales que el acuerdo de uso las obliga igual que a usted.",
			}},
		},
	}
}
