using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Reflection.Emit;

namespace TunStats.Tests.House;

/// <summary>The types that compiled code names: in declarations, signatures, local variables, instructions.</summary>
internal static class TypeReferences
{
    /// <summary>All members that a type itself declares.</summary>
    internal const BindingFlags Declared = BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static
        | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => (OpCode)f.GetValue(null)!)
        .ToDictionary(o => o.Value);

    /// <summary>Every type that a type names; arrays and constructed types count as their parts.</summary>
    internal static HashSet<Type> Of(Type type)
    {
        HashSet<Type> found = [];
        Add(type.BaseType, found);
        Array.ForEach(type.GetInterfaces(), i => Add(i, found));
        AddAttributes(type, found);
        foreach (FieldInfo field in type.GetFields(Declared))
        {
            Add(field.FieldType, found);
            AddAttributes(field, found);
        }

        foreach (MethodBase method in type.GetMethods(Declared).Concat<MethodBase>(type.GetConstructors(Declared)))
        {
            AddSignature(method, found);
            AddAttributes(method, found);
            AddBody(method, found);
        }

        return found;
    }

    private static void Add(Type? type, HashSet<Type> found)
    {
        if (type is null || type.IsGenericParameter)
        {
            return;
        }

        if (type.HasElementType)
        {
            Add(type.GetElementType(), found);
            return;
        }

        found.Add(type.IsConstructedGenericType ? type.GetGenericTypeDefinition() : type);
        Array.ForEach(type.GetGenericArguments(), argument => Add(argument, found));
    }

    private static void AddAttributes(MemberInfo member, HashSet<Type> found)
    {
        foreach (CustomAttributeData attribute in member.CustomAttributes)
        {
            Add(attribute.AttributeType, found);
        }
    }

    private static void AddSignature(MethodBase method, HashSet<Type> found)
    {
        Array.ForEach(method.GetParameters(), parameter => Add(parameter.ParameterType, found));
        Add((method as MethodInfo)?.ReturnType, found);
    }

    private static void AddBody(MethodBase method, HashSet<Type> found)
    {
        if (method.GetMethodBody() is not { } body)
        {
            return;
        }

        foreach (LocalVariableInfo local in body.LocalVariables)
        {
            Add(local.LocalType, found);
        }

        foreach (ExceptionHandlingClause clause in body.ExceptionHandlingClauses)
        {
            Add(clause.Flags == ExceptionHandlingClauseOptions.Clause ? clause.CatchType : null, found);
        }

        foreach (int token in Tokens(body.GetILAsByteArray()!))
        {
            switch (Resolve(method, token))
            {
                case Type type:
                    Add(type, found);
                    break;
                case MethodBase called:
                    Add(called.DeclaringType, found);
                    AddSignature(called, found);
                    Array.ForEach(
                        called.IsGenericMethod ? called.GetGenericArguments() : [], argument => Add(argument, found));
                    break;
                case FieldInfo field:
                    Add(field.DeclaringType, found);
                    Add(field.FieldType, found);
                    break;
            }
        }
    }

    private static MemberInfo? Resolve(MethodBase method, int token) => method.Module.ResolveMember(
        token,
        method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null,
        method.IsGenericMethod ? method.GetGenericArguments() : null);

    private static IEnumerable<int> Tokens(byte[] code)
    {
        for (int i = 0; i < code.Length;)
        {
            OpCode operation = OpCodesByValue[code[i] == 0xfe ? (short)(0xfe00 | code[i + 1]) : code[i]];
            i += operation.Size;
            if (operation.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok
                or OperandType.InlineType)
            {
                yield return BitConverter.ToInt32(code, i);
            }

            i += operation.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, i)),
                _ => 4,
            };
        }
    }
}
