package enroll

import (
	"fmt"
	"slices"
	"strings"
	"text/template/parse"
)

// closed refuses a part of a letter that does anything but say its variables, or
// choose by them.
func closed(part parse.Node, may []string) error { return closedWithin(part, may, false) }

// closedWithin is closed; within says that the dot is one of the variables.
func closedWithin(node parse.Node, may []string, within bool) error {
	var branch *parse.BranchNode
	switch n := node.(type) {
	case *parse.TextNode:
		return nil
	case *parse.ListNode:
		if n == nil {
			return nil
		}
		for _, one := range n.Nodes {
			if err := closedWithin(one, may, within); err != nil {
				return err
			}
		}
		return nil
	case *parse.TemplateNode: // its part is looked at, too
		if n.Pipe == nil || n.Pipe.String() == "." && !within {
			return nil
		}
	case *parse.ActionNode:
		if names(n.Pipe, may) || within && n.Pipe.String() == "." {
			return nil
		}
	case *parse.IfNode:
		branch = &n.BranchNode
	case *parse.WithNode:
		branch = &n.BranchNode
	}
	if branch == nil || !names(branch.Pipe, may) {
		return fmt.Errorf("%s is no variable of this letter", node)
	}
	if err := closedWithin(branch.List, may, branch.NodeType == parse.NodeWith); err != nil {
		return err
	}
	return closedWithin(branch.ElseList, may, within)
}

// names says that a pipe is one of the variables, and no more.
func names(p *parse.PipeNode, may []string) bool {
	if len(p.Decl) > 0 || len(p.Cmds) != 1 || len(p.Cmds[0].Args) != 1 {
		return false
	}
	field, ok := p.Cmds[0].Args[0].(*parse.FieldNode)
	return ok && slices.Contains(may, strings.Join(field.Ident, "."))
}
