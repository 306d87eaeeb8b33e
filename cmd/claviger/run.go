package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/claviger-id/claviger/pkg/approval"
	"github.com/claviger-id/claviger/pkg/config"
	"github.com/claviger-id/claviger/pkg/problem"
)

// Exit codes. Every command uses these three and no other.
const (
	exitOK     = 0
	exitFailed = 1 // the command was understood and did not succeed
	exitUsage  = 2 // the command line or the configuration is wrong
)

// program is what every command gets: where to read and write, what time it
// is, and the flags that all of them share.
type program struct {
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	now    func() time.Time

	configFile string
	dataDir    string
}

// usageError marks an error as the caller's: exit code 2.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// run is the program: it interprets args and returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{
		stdin: stdin, stdout: stdout, stderr: stderr,
		now: func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) },
	}
	root := p.rootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	var (
		usage    usageError
		problems config.Problems
		told     *problem.Error
	)
	switch {
	case errors.As(err, &problems):
		_, _ = fmt.Fprintf(stderr, "claviger: the configuration cannot be used:\n%s\n", problems)
		return exitUsage
	case errors.As(err, &usage):
		_, _ = fmt.Fprintf(stderr, "claviger: %v\n", err)
		return exitUsage
	case errors.As(err, &told) && told.Code == problem.Invalid:
		// What a service finds wrong with what it was given was written by the caller.
		_, _ = fmt.Fprintf(stderr, "claviger: %s\n", told.Message)
		return exitUsage
	}
	_, _ = fmt.Fprintf(stderr, "claviger: %s\n", explain(err))
	return exitFailed
}

// explain is the one line that an operator reads. It knows the failures that
// have a remedy, and shows other errors as they are: on the command line the
// reader is the operator, not the public.
func explain(err error) string {
	var waiting *approval.Waiting
	if errors.As(err, &waiting) {
		return fmt.Sprintf("somebody else has to approve this first: claviger admin request approve %s --reason CODE\nGive the same command again when they have, before %s",
			waiting.Request.ID, when(waiting.Request.ExpiresAt))
	}
	var p *problem.Error
	if errors.As(err, &p) {
		// What the caller can mend is said whole; of the rest, the cause tells more.
		if (p.Code == problem.Unavailable || p.Code == problem.Internal) && p.Cause != nil {
			return fmt.Sprintf("%s (%v)", p.Message, p.Cause)
		}
		return p.Message
	}
	if errors.Is(err, context.Canceled) {
		return "interrupted"
	}
	return withoutFile(err)
}

func (p *program) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "claviger",
		Short: "An OpenID Connect identity provider for clinicians",
		Long: `Claviger signs clinicians and their staff in to the applications that rely on it.

Without a configuration file it keeps everything in one directory, encrypted,
and listens on this machine only.

Exit codes: 0 success; 1 the command was understood and did not succeed; 2 the
command line or the configuration is wrong.`,
		Version:       built().String(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		// A command that there is not has no flags either; what is wrong is the command.
		if args := c.Flags().Args(); c.HasSubCommands() && len(args) > 0 {
			return usageError{fmt.Errorf("%w%s\n%s", cobra.NoArgs(c, args), meant(c, args), hint(c))}
		}
		return usageError{fmt.Errorf("%w\n%s", flagError(err), hint(c))}
	})
	root.PersistentFlags().StringVar(&p.configFile, "config", os.Getenv("CLAVIGER_CONFIG"), "configuration `file` (TOML); also CLAVIGER_CONFIG")
	root.PersistentFlags().StringVar(&p.dataDir, "data", "", "data `directory`; overrides data.directory of the configuration")
	root.AddCommand(
		p.serveCommand(),
		group("roster", "Work with roster files", p.rosterSampleCommand()),
		group("enroll", "Make accounts for people", p.enrollImportCommand(), p.enrollSubmitCommand(), p.enrollListCommand(), p.enrollApproveCommand(), p.enrollRejectCommand()),
		group("person", "See accounts, and decide over them", p.personListCommand(), p.personFindCommand(), p.personShowCommand(), p.personAddressesCommand(), p.personRolesCommand(), p.personSuspendCommand(), p.personReinstateCommand(), p.personCloseCommand(), p.personResetCommand(), p.personWithdrawCommand(),
			group("factor", "Help who has lost a second factor", p.personFactorListCommand(), p.personFactorResetCommand())),
		group("org", "Look after organizations and who belongs there", p.orgCreateCommand(), p.orgListCommand(), p.orgShowCommand(), p.orgCeilingCommand(), p.orgCloseCommand(),
			group("member", "Give and take roles in an organization", p.orgMemberAddCommand(), p.orgMemberListCommand(), p.orgMemberRemoveCommand()),
			group("admin", "Say who manages the staff of an organization", p.orgAdminAddCommand(), p.orgAdminRemoveCommand())),
		group("delegation", "Say who may act for whom", p.delegationGrantCommand(), p.delegationListCommand(), p.delegationEndCommand()),
		group("agreement", "Publish the Use Agreement, and see who accepted it",
			p.agreementPublishCommand(), p.agreementListCommand(), p.agreementReportCommand(), p.agreementWithdrawCommand(), p.agreementVerifyCommand()),
		group("session", "See and end where people are signed in", p.sessionListCommand(), p.sessionEndCommand()),
		group("logout", "See and repeat what applications are told of the end of sessions", p.logoutListCommand(), p.logoutRedeliverCommand()),
		group("event", "Tell others of events", p.eventSubscribeCommand(), p.eventListCommand(), p.eventRotateCommand(), p.eventEnableCommand(), p.eventDisableCommand(),
			p.eventRemoveCommand(), p.eventDeliveriesCommand(), p.eventRedeliverCommand()),
		group("password", "Look after passwords", p.passwordExpireCommand(), p.passwordForecastCommand(), p.passwordReissueCommand(),
			p.passwordImportCommand(), p.passwordReportCommand(), p.passwordCalibrateCommand(), p.passwordCorpusCommand()),
		group("mail", "See what was mailed, and note what came back", p.mailListCommand(), p.mailBounceCommand()),
		group("client", "Look after relying applications", p.clientRegisterCommand(), p.clientChangeCommand(), p.clientListCommand(), p.clientShowCommand(), p.clientRotateSecretCommand(), p.clientRemoveCommand(),
			group("initial-token", "Let applications register themselves",
				p.initialTokenIssueCommand(), p.initialTokenListCommand(), p.initialTokenRevokeCommand())),
		group("audit", "Read, check and export the audit log", p.auditListCommand(), p.auditVerifyCommand(), p.auditExportCommand(), p.auditKeyCommand()),
		group("key", "Look after keys", p.keyListCommand(), p.keyRotateCommand(), p.keyRemoveCommand(), p.keyNewRootCommand(), p.keyChangeRootCommand(), p.keyNewVerifierKeyCommand()),
		p.hashWorkerCommand(),
		group("admin", "Say who may use the admin API, and use it", p.adminBootstrapCommand(), p.adminCallCommand(), p.adminGrantCommand(), p.adminRemoveCommand(), p.adminListCommand(),
			group("request", "Be the second person for what policy says nobody does alone",
				p.adminRequestListCommand(), p.adminRequestShowCommand(), p.adminRequestApproveCommand(), p.adminRequestRejectCommand())),
		group("policy", "See what holds for whom", p.policyShowCommand()),
		group("config", "Check and show the configuration", p.configCheckCommand(), p.configShowCommand()),
		group("migrate", "Bring the database to this version", p.migrateStatusCommand(), p.migrateUpCommand()),
		p.doctorCommand(),
		group("docs", "Write the manual", p.docsManCommand()),
		p.versionCommand(),
	)
	root.SetVersionTemplate("claviger {{.Version}}\n")
	root.SetGlobalNormalizationFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "everybody" { // somebody says so instead
			name = "everyone"
		}
		return pflag.NormalizedName(name)
	})
	wrapArgs(root)
	p.complete(root)
	return root
}

// group is a command that only holds others.
func group(name, short string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{
		Use: name, Short: short, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	g.AddCommand(commands...)
	return g
}

// wrapArgs makes a wrong number of arguments, an unknown command, and flags that
// are missing or do not go together, a usage error on every command of the tree.
func wrapArgs(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			for _, err := range []error{argumentsError(c, args, check), missingFlags(c), flagGroups(c)} {
				if err != nil {
					return usageError{fmt.Errorf("%w%s\n%s", err, meant(c, args), hint(c))}
				}
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		wrapArgs(sub)
	}
}

// missingFlags names the flags that a command cannot do without and that are not
// there.
func missingFlags(c *cobra.Command) error {
	var missing []string
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if required := f.Annotations[cobra.BashCompOneRequiredFlag]; len(required) > 0 && required[0] == "true" && !f.Changed {
			missing = append(missing, "--"+f.Name)
		}
	})
	switch len(missing) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("%s is missing", missing[0])
	}
	return fmt.Errorf("%s are missing", strings.Join(missing, " and "))
}

// meant is the command that somebody who mistyped may have meant.
func meant(c *cobra.Command, args []string) string {
	if !c.HasSubCommands() || len(args) == 0 {
		return ""
	}
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		return "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return ""
}

// hint says how the command is called.
func hint(c *cobra.Command) string {
	if c.HasSubCommands() {
		return "see: " + c.CommandPath() + " --help"
	}
	return "usage: " + c.UseLine()
}

// load reads the configuration and applies the flags to it.
func (p *program) load() (config.Config, error) {
	c, err := config.Load(p.configFile)
	if err != nil {
		var problems config.Problems
		if errors.As(err, &problems) {
			return config.Config{}, err
		}
		return config.Config{}, usageError{err}
	}
	if p.dataDir != "" {
		c.Data.Directory = p.dataDir
	}
	return c, nil
}
