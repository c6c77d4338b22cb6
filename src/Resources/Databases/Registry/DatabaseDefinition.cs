namespace Ccr.Resources.Databases;

/// <summary>What was registered of a database.</summary>
/// <param name="Name">What branches at it are called by: a Server's name, of this node.</param>
/// <param name="Kind">"postgresql" or "mysql".</param>
/// <param name="Connection">The driver's connection string; never shown.</param>
/// <param name="Driver">Empty: the manager's own; else "TYPE, ASSEMBLY".</param>
/// <param name="Path">Empty, or the file of that assembly.</param>
internal sealed record DatabaseDefinition(string Name, string Kind, string Connection, string Driver, string Path)
{
    /// <summary>Without the connection string, which may hold a password.</summary>
    public override string ToString() => $"{Name} ({Kind})";
}

/// <summary>An operator ended a prepared branch by hand. It is kept until the manager has noted it (SEM-4).</summary>
/// <param name="Database">The database.</param>
/// <param name="Name">The branch's name there.</param>
/// <param name="Action">The action, as text.</param>
/// <param name="Branch">The branch, as text.</param>
/// <param name="Commits">What the operator decided.</param>
/// <param name="Operator">Who.</param>
/// <param name="TimeUs">When, microseconds since 1970.</param>
internal sealed record HandDecision(
    string Database, string Name, string Action, string Branch, bool Commits, string Operator, long TimeUs)
{
    /// <summary>True when it is about this branch.</summary>
    public bool IsOf(string database, Branch branch) => Database == database
        && Action == branch.Action.ToString() && Branch == branch.Id.ToString();

    /// <summary>"root committed it by hand".</summary>
    public string Sentence => $"{Operator} {(Commits ? "committed" : "rolled back")} it by hand, with ccrctl.";
}
