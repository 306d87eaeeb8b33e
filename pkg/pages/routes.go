package pages

import (
	"github.com/claviger-id/claviger/pkg/recovery"
	"github.com/claviger-id/claviger/pkg/web"
)

// The pages of an interaction, as flow.PathFor names them.
const (
	signInPattern         = "/interaction/{id}/sign-in"
	chooseAccountPattern  = "/interaction/{id}/choose-account"
	choosePasswordPattern = "/interaction/{id}/choose-password"
	renewPasswordPattern  = "/interaction/{id}/renew-password"
	actForPattern         = "/interaction/{id}/act-for"
	elsewherePattern      = "/interaction/{id}/elsewhere"
	consentPattern        = "/interaction/{id}/consent"
	secondFactorPattern   = "/interaction/{id}/second-factor"
	setUpFactorPattern    = "/interaction/{id}/set-up-factor"
	setUpTOTPPattern      = setUpFactorPattern + "/totp"
	agreementPattern      = "/interaction/{id}/agreement"
	declinedPattern       = agreementPattern + "/declined"

	signInPasskeyPattern       = signInPattern + "/passkey"
	secondFactorPasskeyPattern = secondFactorPattern + "/passkey"
	setUpPasskeyPattern        = setUpFactorPattern + "/passkey"
)

// Routes adds every page to the browser mux.
func (p *Pages) Routes(m *web.Mux) {
	m.Handle("GET /{$}", p.home)
	m.Handle("GET "+securityPath, p.security)
	m.Handle("GET "+signInPattern, p.signIn)
	m.Handle("POST "+signInPattern, p.signInNow)
	m.Handle("GET "+chooseAccountPattern, p.chooseAccount)
	m.Handle("POST "+chooseAccountPattern, p.chooseAccountNow)
	m.Handle("GET "+choosePasswordPattern, p.choosePassword)
	m.Handle("POST "+choosePasswordPattern, p.choosePasswordNow)
	m.Handle("GET "+renewPasswordPattern, p.renewPassword)
	m.Handle("POST "+renewPasswordPattern, p.renewPasswordNow)
	m.Handle("GET "+consentPattern, p.consent)
	m.Handle("POST "+consentPattern, p.consentNow)
	m.Handle("GET "+elsewherePattern, p.elsewhere)
	m.Handle("POST "+elsewherePattern, p.elsewhereNow)
	p.delegationRoutes(m)
	if p.Factors != nil {
		m.Handle("GET "+secondFactorPattern, p.secondFactor)
		m.Handle("POST "+secondFactorPattern, p.secondFactorNow)
		m.Handle("GET "+setUpFactorPattern, p.setUpFactor)
		if p.Factors.Passkeys != nil {
			m.Handle("POST "+signInPasskeyPattern, p.signInPasskeyNow)
			m.Handle("POST "+secondFactorPasskeyPattern, p.secondFactorPasskeyNow)
			m.Handle("POST "+setUpPasskeyPattern, p.setUpPasskeyNow)
		}
		m.Handle("GET "+setUpTOTPPattern, p.setUpTOTP)
		m.Handle("POST "+setUpTOTPPattern, p.setUpTOTPNow)
	}
	p.factorRoutes(m)
	if p.Agreements != nil {
		m.Handle("GET "+agreementPattern, p.agreement)
		m.Handle("POST "+agreementPattern, p.agreementNow)
		m.Handle("GET "+declinedPattern, p.declined)
		m.Handle("GET "+accountAgreementsPath, p.accountAgreements)
		m.Handle("GET "+acceptedPattern, p.acceptedAgreement)
		m.Handle("GET "+takeBackPath, p.takeBack)
		m.Handle("POST "+takeBackPath, p.takeBackNow)
		if p.Agreements.Signer != nil {
			m.Handle("GET "+receiptPattern, p.receipt)
		}
	}
	m.Handle("GET "+devicePath, p.device)
	m.Handle("POST "+devicePath, p.deviceNow)
	m.Handle("GET "+deviceDonePath, p.deviceDone)
	m.Handle("GET "+deviceRefusedPath, p.deviceRefused)
	if p.Apply != nil {
		m.Handle("GET "+applyPath, p.apply)
		m.Handle("POST "+applyPath, p.applyNow)
		m.Handle("GET "+appliedPath, p.applied)
	}
	if p.Access != nil {
		m.Handle("GET "+managePath, p.manageHome)
		m.Handle("GET "+manageOne, p.manage)
		m.Handle("GET "+manageGrant, p.manageGrant)
		m.Handle("POST "+manageGrant, p.manageGrantNow)
		m.Handle("GET "+manageInvite, p.manageInvite)
		m.Handle("POST "+manageInvite, p.manageInviteNow)
		m.Handle("GET "+manageInvited, p.manageInvited)
		m.Handle("GET "+manageRemove, p.manageRemove)
		m.Handle("POST "+manageRemove, p.manageRemoveNow)
	}
	m.Handle("GET "+accountSessionsPath, p.accountSessions)
	m.Handle("POST "+accountSessionsPath, p.accountSessionsNow)
	m.Handle("GET "+accountPath, p.accountOverview)
	m.Handle("GET "+accountSwitchPath, p.accountSwitch)
	if p.Profile != nil {
		m.Handle("GET "+accountProfilePath, p.accountProfile)
	}
	if p.Activity != nil {
		m.Handle("GET "+accountActivityPath, p.accountActivity)
	}
	if p.Authorized != nil {
		m.Handle("GET "+accountApplicationsPath, p.accountApplications)
		m.Handle("GET "+withdrawPattern, p.withdraw)
		m.Handle("POST "+withdrawPattern, p.withdrawNow)
	}
	m.Handle("GET "+oldPasswordPath, p.movedPassword)
	m.Handle("GET "+wellKnownPath, p.movedPassword)
	m.Handle("GET "+changePasswordPath, p.changePassword)
	m.Handle("POST "+changePasswordPath, p.changePasswordNow)
	m.Handle("GET "+changedPath, p.changed)
	if p.Recovery != nil {
		m.Handle("GET "+forgotPasswordPath, p.forgotPassword)
		m.Handle("POST "+forgotPasswordPath, p.forgotPasswordNow)
		m.Handle("GET "+forgotUserIDPath, p.forgotUserID)
		m.Handle("POST "+forgotUserIDPath, p.forgotUserIDNow)
		m.Handle("GET "+askedPath, p.asked)
		m.Handle("GET "+recovery.RecoverPath, p.recover)
		m.Handle("POST "+recovery.RecoverPath, p.recoverNow)
		m.Handle("GET "+recoveredPath, p.recovered)
	}
	if p.Links != nil {
		m.Handle("GET "+recovery.TemporaryPath, p.temporary)
		m.Handle("POST "+recovery.TemporaryPath, p.temporaryNow)
	}
	m.Handle("GET "+signOutPath, p.signOut)
	m.Handle("POST "+signOutPath, p.signOutNow)
	m.Handle("GET "+signedOutPath, p.signedOut)
	p.press().assets.Routes(m)
}

// delegationRoutes adds the pages of who acts for whom.
func (p *Pages) delegationRoutes(m *web.Mux) {
	if p.ActingApplications == nil {
		return
	}
	m.Handle("GET "+actForPattern, p.actFor)
	m.Handle("POST "+actForPattern, p.actForNow)
	m.Handle("GET "+accountDelegationsPath, p.accountDelegations)
	m.Handle("POST "+actAnewPath, p.actAnew)
	m.Handle("GET "+grantDelegationPath, p.grantDelegation)
	m.Handle("POST "+grantDelegationPath, p.grantDelegationNow)
	m.Handle("GET "+endDelegationPattern, p.endDelegation)
	m.Handle("POST "+endDelegationPattern, p.endDelegationNow)
}

// factorRoutes adds the pages on which people change what they have besides the
// password.
func (p *Pages) factorRoutes(m *web.Mux) {
	if p.Factors == nil {
		return
	}
	m.Handle("GET "+accountFactorsPath, p.accountFactors)
	m.Handle("GET "+renameFactorPattern, p.renameFactor)
	m.Handle("POST "+renameFactorPattern, p.renameFactorNow)
	m.Handle("GET "+removeFactorPattern, p.removeFactor)
	m.Handle("POST "+removeFactorPattern, p.removeFactorNow)
	m.Handle("GET "+addTOTPPath, p.addTOTP)
	m.Handle("POST "+addTOTPPath, p.addTOTPNow)
	m.Handle("GET "+replaceFactorPattern, p.addTOTP)
	m.Handle("POST "+replaceFactorPattern, p.addTOTPNow)
	m.Handle("GET "+drawCodesPath, p.drawCodes)
	m.Handle("POST "+drawCodesPath, p.drawCodesNow)
	if p.Factors.Passkeys != nil {
		m.Handle("GET "+addPasskeyPath, p.addPasskey)
		m.Handle("POST "+addPasskeyPath, p.addPasskeyNow)
	}
}
