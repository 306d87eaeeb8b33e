package main

// brand checks what pages look like. Colors that cannot be read were found with the
// configuration.
func (d *doctor) brand() {
	if _, _, err := brands(d.in.config.Brand); err != nil {
		d.found("brand", findingFailed, err.Error(), "correct the file, or take logo out: the server does not start; docs/branding.md says what a logo may be")
		return
	}
	d.found("brand", findingOK, "every color can be read, and every logo shown", "")
}
