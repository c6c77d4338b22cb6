using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Xa;

namespace Ccr.Resources.Databases;

/// <summary>One branch of an atomic action at a database.</summary>
internal readonly record struct Branch(AtomicActionId Action, BranchId Id)
{
    /// <summary>The branch that an order or answer is about.</summary>
    public static Branch Of(BranchMessage message) => new(message.Action, message.Branch);

    /// <inheritdoc/>
    public override string ToString() => $"{Action} branch {Id}";
}

/// <summary>Whose branch a prepared name says it is.</summary>
/// <param name="Branch">The branch.</param>
/// <param name="Promised">The manager that it was promised to.</param>
/// <param name="IsAssisted">The driver named it: one branch may have several names, one for each connection.</param>
internal sealed record Claim(Branch Branch, ManagerIdentity Promised, bool IsAssisted)
{
    /// <summary>Reads a prepared branch's name; null where it is none of this node's, or of another database.</summary>
    /// <param name="found">What the database shows.</param>
    /// <param name="self">The manager of this node, now.</param>
    /// <param name="database">The name under which the database is registered.</param>
    public static Claim? Of(PreparedBranch found, ManagerIdentity self, string database)
    {
        if (!found.IsHere)
        {
            return null; // it is finished over a connection to its own database
        }

        if (found.Managed is { } managed)
        {
            return managed.Manager.Node == self.Node
                ? new Claim(new Branch(managed.Action, managed.Branch), managed.Manager, IsAssisted: false)
                : null;
        }

        return found.Assisted is { } assisted && assisted.IsOf(self)
            ? new Claim(
                new Branch(assisted.ActionAt(self.Node), AssistedAt(self.Node, database)),
                self with { Epoch = assisted.Epoch },
                IsAssisted: true)
            : null;
    }

    /// <summary>All that an action has at one database in assisted mode is one branch.</summary>
    public static BranchId AssistedAt(NodeName node, string database) =>
        new(AeTitle.Of(node), Suffix.OfOctets(System.Text.Encoding.UTF8.GetBytes(database)));
}
