using Ccr.Protocol.Names;

namespace Ccr.Protocol.Messages;

/// <summary>A value that this profile carries in the user data of an APDU (CCR-Profile Profile-data).</summary>
public abstract record ProfileData;

/// <summary>What two CCR Managers say to each other (CCR-Link).</summary>
public abstract record LinkMessage;

/// <summary>What concerns one association of a connection.</summary>
public abstract record AssociationMessage(long Association) : LinkMessage;

/// <summary>What is said on a manager's own socket (CCR-Session).</summary>
public abstract record SessionMessage;

/// <summary>An order to, or an answer of, a Server about one branch.</summary>
public abstract record BranchMessage(string Server, AtomicActionId Action, BranchId Branch)
    : SessionMessage, IActionMessage;

/// <summary>What is said to a Location Server (CCR-Location).</summary>
public abstract record LocationMessage;

/// <summary>What is said to a file Server (CCR-Files).</summary>
public abstract record FilesMessage;

/// <summary>What a Client wants done with a file.</summary>
public abstract record FileOperation;

/// <summary>The content of a record of the atomic-action log (CCR-Log).</summary>
public abstract record LogContent;
